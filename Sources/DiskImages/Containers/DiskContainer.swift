/// A file that holds a disk, or several, opened as what it is.

package import ByteParsing

extension BlockSource {
    /// Throws where this file ends before the `count` bytes from `place` on in which a container has `what`, as a copy does
    /// that was cut.
    func checkHolds(_ what: @autoclosure () -> String, at place: Int, count: Int) throws(FormatError) {
        guard place <= size, count <= size - place else {
            throw FormatError(
                .truncated,
                "\(what()) expected at byte \(place), the file ends at byte \(size) and is not whole; copy or export it "
                    + "again")
        }
    }
}

/// The disks in one file, each as its instance sees it.
///
/// All bytes come from that one file: what a container names besides is never opened.
package struct DiskContainer {
    /// `vmdk stream-optimized`, `vhd dynamic`, `qcow2`, `ova`; nil of a raw disk.
    package let kind: String?
    /// One, and of a virtual appliance as many as it has, in the order in which they stand in it.
    package let disks: [any BlockSource]
    /// What is odd about it and did not stop the reading.
    package let remarks: [String]

    init(_ kind: String?, _ disks: [any BlockSource], remarks: [String] = []) {
        self.kind = kind
        self.disks = disks
        self.remarks = remarks
    }

    /// Opens `file`, of this format.
    ///
    /// Throws `unsupported` where it is of a kind that is not read, saying what to do, `truncated` where it is cut, and
    /// `malformed` and the like where it is damaged.
    package init(_ file: any BlockSource, _ format: DiskFormat) throws(FormatError) {
        switch format {
        case .raw: self.init(nil, [file])
        case .vmdk: self = try VMDK.open(file)
        case .vhd: self = try VHD.open(file)
        case .vhdx: self = try VHDX.open(file)
        case .qcow2: self = try QCOW2.open(file)
        case .ova: self = try Appliance.open(file)
        case .unread(let disk):
            throw FormatError(.unsupported, "a disk that is read expected, \(disk.reason)")
        }
    }
}
