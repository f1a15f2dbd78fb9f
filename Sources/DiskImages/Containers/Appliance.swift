/// Virtual appliances: a tar of a description and of disks (DMTF DSP0243, Open Virtualization Format, "OVA").

import ByteParsing

/// An OVA, of which the disks are read where they stand in the tar.
package enum Appliance {
    /// Of members, all in all; an appliance has a handful.
    private static let memberLimit = 1000
    /// Among how many first members the description is looked for.
    private static let lookedAt = 64
    /// What members are called that hold a disk.
    private static let diskSuffixes = [".vmdk", ".vhd", ".vhdx", ".qcow2", ".img", ".raw"]

    /// Whether the tar is one: a description stands at its top.
    ///
    /// A tar of a root, which begins with a directory or with a file in one, is known by its first member.
    package static func isOne(_ file: any BlockSource) -> Bool {
        var members = TarMembers(file)
        for _ in 0..<lookedAt {
            // What is damaged is said by who reads it as an archive.
            guard let member = try? members.next() else { return false }
            let name = topName(member)
            if name.isEmpty, !member.isRegular { continue }
            guard member.isRegular, !name.contains("/") else { return false }
            if name.lowercased().hasSuffix(".ovf") { return true }
        }
        return false
    }

    private static func topName(_ member: TarMember) -> Substring {
        var name = member.name[...]
        while name.hasPrefix("./") { name = name.dropFirst(2) }
        return name == "." ? "" : name
    }

    /// Opens all its disks. Throws where there is none, where one is compressed or in pieces, and where one is of a kind
    /// that is not read.
    static func open(_ file: any BlockSource) throws(FormatError) -> DiskContainer {
        var members = TarMembers(file)
        var names: [String] = []
        var disks: [any BlockSource] = []
        var remarks: [String] = []
        while let member = try members.next() {
            guard names.count < memberLimit else {
                throw FormatError(.limitExceeded, "at most \(memberLimit) members of an OVA expected, more found")
            }
            let name = String(topName(member))
            if !name.isEmpty { names.append(name) }
            let lower = name.lowercased()
            // name.vmdk.gz, and name.vmdk.000000000 and so on (DSP0243, ovf:chunkSize).
            if diskSuffixes.contains(where: { lower.contains($0 + ".") }) {
                throw FormatError(.unsupported, notWhole(name, "a disk compressed or in pieces"))
            }
            guard diskSuffixes.contains(where: lower.hasSuffix) else { continue }
            do throws(FormatError) {
                let disk = try disk(member, in: file)
                disks += disk.disks
                remarks += disk.remarks.map { "\(name): \($0)" }
            } catch {
                throw FormatError(error.code, "\(name) in the OVA: \(error.reason)", at: error.offset)
            }
        }
        guard !disks.isEmpty else {
            throw FormatError(
                .unsupported,
                "an OVA with a disk in it expected (\(diskSuffixes.joined(separator: ", "))), "
                    + "\(names.prefix(5).joined(separator: ", ")) found")
        }
        return DiskContainer("ova", disks, remarks: remarks)
    }

    private static func disk(_ member: TarMember, in file: any BlockSource) throws(FormatError) -> DiskContainer {
        guard member.isRegular else {
            throw FormatError(.unsupported, "a regular file expected, a member of another type found")
        }
        guard member.offset <= file.size, member.size <= file.size - member.offset else {
            throw FormatError(
                .truncated,
                "\(member.size) bytes expected, the file ends \(max(0, file.size - member.offset)) bytes behind its "
                    + "beginning and is not whole; copy or export it again")
        }
        let section = DiskSection(of: file, start: member.offset, size: member.size)
        let head = Array(try section.read(at: 0, count: min(member.size, DiskFormat.headSize)))
        let tailSize = min(member.size, DiskFormat.tailSize)
        let tail = Array(try section.read(at: member.size - tailSize, count: tailSize))
        if head.starts(with: [0x1F, 0x8B]) {
            throw FormatError(.unsupported, notWhole("it", "a disk compressed by gzip (ovf:compression)"))
        }
        let format = DiskFormat(head: head, tail: tail)
        if format == nil, member.name.lowercased().hasSuffix(".vmdk") {
            throw FormatError(.malformed, "a VMDK expected, other bytes found")
        }
        return try DiskContainer(section, format ?? .raw)
    }

    private static func notWhole(_ name: String, _ what: String) -> String {
        "a disk that can be read where it stands expected, \(what) found (\(name)); unpack the OVA by "
            + "`tar -xf IMAGE`, make the disk whole and give it alone"
    }
}
