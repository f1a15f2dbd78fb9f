/// Disks that the real tools make, and what is on them as this machine's own tools say.

import ByteParsing
import DiskImages
import FileSystems
import Foundation

/// A directory that is removed, with all in it, when nobody holds it any more.
package final class Workshop {
    package let path: String

    package init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "amilint-disk-" + UUID().uuidString).path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: path)
    }

    /// Runs a script in the directory; throws where any of its commands fails.
    @discardableResult
    package func run(_ script: String) throws -> String {
        let tools = "set -eo pipefail; export PATH=$PATH:/usr/sbin:/sbin MTOOLS_SKIP_CHECK=1; cd \"$0\"; exec 2>log\n"
        do {
            return try Tool.output("bash", ["-c", tools + script, path])
        } catch {
            let log = (try? String(contentsOfFile: path + "/log", encoding: .utf8)) ?? ""
            throw DiskToolFailure(description: "\(script): \(log)")
        }
    }

    package func bytes(_ name: String) throws -> [UInt8] {
        [UInt8](try Data(contentsOf: URL(filePath: path + "/" + name)))
    }

    package func write(_ bytes: [UInt8], _ name: String) throws {
        try Data(bytes).write(to: URL(filePath: path + "/" + name))
    }

    /// Whether programs are here, those of the system administrator among them.
    package static func has(_ programs: String...) -> Bool {
        programs.allSatisfy { program in
            ["/usr/sbin/", "/sbin/", "/usr/bin/", "/bin/"].contains {
                FileManager.default.isExecutableFile(atPath: $0 + program)
            }
        }
    }
}

package struct DiskToolFailure: Error, CustomStringConvertible {
    package let description: String
}

/// A disk in memory that notes which bytes are read.
package final class MemoryDisk: BlockSource {
    package var bytes: [UInt8]
    package private(set) var read: [Range<Int>] = []

    package init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    package var size: Int { bytes.count }

    package func read(at offset: Int, count: Int) throws(FormatError) -> ArraySlice<UInt8> {
        try checkBounds(offset, count)
        if read.count < 100_000 { read.append(offset..<offset + count) }
        return bytes[offset..<offset + count]
    }
}

/// The FAT in these bytes.
package func fatFileSystem(_ bytes: [UInt8]) throws(FormatError) -> any FileSystem {
    try FATFileSystem(MemoryDisk(bytes))
}

/// What a file system holds: by path, the kind, and the size with the SHA-256 of the content, or the target.
///
/// What cannot be read is an error, or a question mark where it is one of `undetermined`.
package func listing(
    of fileSystem: some FileSystem, contentLimit: Int = 1 << 30, undetermined: FormatError.Code? = nil
) throws -> [String: String] {
    var files: [String: String] = [:]
    var pending: [(path: String, node: NodeID)] = [("", fileSystem.root)]
    func note(_ place: String, _ read: () throws -> String?) throws {
        do {
            if let file = try read() { files[place] = file }
        } catch let error as FormatError where error.code == undetermined {
            files[place] = "?"
        }
    }
    func describe(_ node: NodeID, _ place: String) throws -> String {
        let status = try fileSystem.status(of: node)
        switch status.kind {
        case .directory:
            if pending.count < 10_000, place.utf8.count < 2000 { pending.append((place, node)) }
            return "d"
        case .regular:
            let content = try fileSystem.content(of: node, upTo: min(status.size, contentLimit))
            var digest = SHA256()
            digest.add(content.span)
            return "f \(status.size) " + String(decoding: hexadecimal(digest.digest()), as: UTF8.self)
        case .link: return "l " + fileName(try fileSystem.target(ofLink: node))
        case .other: return "o"
        }
    }
    while let (path, directory) = pending.popLast() {
        try note(path) {
            for name in try fileSystem.names(in: directory) {
                guard let node = try fileSystem.node(named: name, in: directory) else { continue }
                let place = path + "/" + name.text
                try note(place) { try describe(node, place) }
            }
            return nil
        }
    }
    return files
}

/// Where two listings differ, for a message.
package func differences(_ found: [String: String], _ expected: [String: String]) -> [String] {
    Set(found.keys).union(expected.keys).filter { found[$0] != expected[$0] }.sorted()
        .map { "\($0): \(expected[$0] ?? "nothing") expected, \(found[$0] ?? "nothing") found" }
}

/// The same of a manifest: kind, size or target, SHA-256 and path, with a tab between each.
package func listing(ofManifest text: String) -> [String: String] {
    var files: [String: String] = [:]
    for line in text.split(separator: "\n") {
        let fields = line.split(separator: "\t", maxSplits: 3).map(String.init)
        guard fields.count == 4, fields[3] != "/" else { continue }
        files[fields[3].replacing("\\\\", with: "\\")] =
            switch fields[0] {
            case "d": "d"
            case "f": "f \(fields[1]) \(fields[2])"
            case "l": "l " + fields[1].replacing("\\\\", with: "\\")
            default: "o"
            }
    }
    return files
}

extension Workshop {
    /// What this machine's system shows of a directory here.
    package func listing(ofDirectory name: String) throws -> [String: String] {
        let text = try run(
            """
            cd \(name)
            find . -mindepth 1 \\( -type d -printf 'd\\t-\\t-\\t/%P\\n' \\) -o \\( -type l -printf 'l\\t%l\\t-\\t/%P\\n' \\) \
            -o \\( -type f -printf '%s %P\\n' \\) -o -printf 'o\\t-\\t-\\t/%P\\n' | while IFS= read -r line; do
              case $line in
              [0-9]*) path=${line#* }; sum=$(sha256sum <"$path")
                printf 'f\\t%s\\t%s\\t/%s\\n' "${line%% *}" "${sum%% *}" "$path" ;;
              *) printf '%s\\n' "$line" ;;
              esac
            done
            """)
        return TestSupport.listing(ofManifest: text)
    }

    /// Makes a directory of files that only some code paths of a reader reach.
    package func makeContent(_ name: String = "content", names: Int = 300) throws {
        try run(
            """
            mkdir -p \(name)/many \(name)/empty \(name)/deep/1/2/3/4/5/6/7/8
            cd \(name)
            for i in $(seq \(names)); do echo $i >many/a-name-of-some-length-$i; done
            echo bottom >deep/1/2/3/4/5/6/7/8/bottom
            for n in 40 59 60 61 255 999; do
              ln -s "$(head -c $n /dev/zero | tr '\\0' t)" link-$n
            done
            for n in 0 1 59 60 61 150 1023 1024 1025 4095 4096 4097 300000; do
              yes "line $n" | head -c $n >size-$n || true
            done
            echo 255 >$(head -c 255 /dev/zero | tr '\\0' n)
            truncate -s 3M sparse; echo middle | dd of=sparse bs=1 seek=1500000 conv=notrunc status=none
            for i in $(seq 0 40); do echo $i | dd of=holes bs=8192 seek=$i conv=notrunc status=none; done
            mkfifo fifo
            """)
    }
}
