/// cloud-init's configuration in the image, merged as cloud-init merges it.

import ByteParsing
import ImageReading
import Startup
import YAMLReading

/// /etc/cloud/cloud.cfg with the files of cloud.cfg.d, or of the directory that its `conf_d` names, over it, the last
/// in order of names first (`read_conf_with_confd` in cloud-init's util.py).
struct CloudInitConfiguration: Sendable {
    /// One file and the mapping it holds.
    struct Layer: Sendable {
        let file: File
        let mapping: YAMLNode
    }

    private static let main = Want.contents("/etc/cloud/cloud.cfg")
    private static let more = Want.contents("/etc/cloud/cloud.cfg.d/*.cfg")
    static let wants = [main, more]

    /// In the order in which they are asked.
    let layers: [Layer]
    /// Files that hold no mapping in YAML, which cloud-init passes over with a warning.
    let passedOver: [Problem]
    /// A file that is no UTF-8, at which every stage of cloud-init ends with an error.
    let undecodable: Evidence?
    /// A file that cannot be read here.
    let unknown: Unknown?

    /// The files of /etc/cloud, cloud.cfg first.
    static func files(in root: RootFilesystem) -> [Observation<File>] {
        root.files(main) + root.files(more)
    }

    /// Absent where there is no configuration at all. `files` are those of /etc/cloud.
    static func observe(
        in root: RootFilesystem, files: [Observation<File>]
    ) -> Observation<CloudInitConfiguration> {
        var reading = Reading()
        let (mains, inDirectory) = (
            files.filter { $0.place == main.path }, files.filter { $0.place != main.path }
        )
        for file in mains { reading.take(file) }
        // Another directory counts in the place of the usual one; an empty value leaves both out.
        if let other = reading.layers.first?.mapping["conf_d"] {
            let name = (other.text ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
            let directory = ImagePath(name).appending("*.cfg")
            if !other.isNull, !name.isEmpty, directory.components.dropLast().allSatisfy({ !$0.contains("*") }) {
                for file in root.files(.contents(directory)) { reading.take(file) }
            }
        } else {
            for file in inDirectory { reading.take(file) }
        }
        let configuration = CloudInitConfiguration(
            layers: reading.layers.reversed(), passedOver: reading.passedOver, undecodable: reading.undecodable,
            unknown: reading.unknown)
        guard !reading.isEmpty else { return .absent(searched: [main.path, more.path]) }
        return .present(configuration, configuration.layers.map { $0.file.evidence() })
    }

    /// What a key is set to, and by which file; nil where no file sets it.
    func value(_ key: String) -> (value: YAMLNode, file: File)? {
        for layer in layers {
            if let value = layer.mapping[key] { return (value, layer.file) }
        }
        return nil
    }
}

/// The files as they are taken, the one that counts least first.
private struct Reading {
    var layers: [CloudInitConfiguration.Layer] = []
    var passedOver: [Problem] = []
    var undecodable: Evidence?
    var unknown: Unknown?

    var isEmpty: Bool { layers.isEmpty && passedOver.isEmpty && undecodable == nil && unknown == nil }

    mutating func take(_ file: Observation<File>) {
        switch file {
        case .absent: return
        case .unreadable(let evidence, let problem): unknown = unknown ?? Unknown(evidence, problem)
        case .present(let file, let evidence):
            guard String(validating: file.bytes, as: UTF8.self) != nil else { return takeUndecodable(file, evidence) }
            do throws(FormatError) {
                guard let node = try parseYAML(file.bytes), !node.isNull else { return }
                guard node.pairs != nil else {
                    throw FormatError(.malformed, "a mapping expected on line \(node.line), something else found")
                }
                layers.append(CloudInitConfiguration.Layer(file: file, mapping: node))
            } catch {
                // What is too much for this reader may be well for cloud-init's.
                if error.code == .malformed {
                    passedOver.append(Problem(error, at: file.path))
                } else {
                    unknown = unknown ?? Unknown(evidence, Problem(error, at: file.realPath))
                }
            }
        }
    }
}

extension Reading {
    /// With a NUL byte it is damaged, without one it is text of another encoding.
    private mutating func takeUndecodable(_ file: File, _ evidence: [Evidence]) {
        if let nul = file.bytes.firstIndex(of: 0, from: 0) {
            let problem = Problem(.malformed, at: file.realPath, offset: nul, "text expected, a NUL byte found")
            unknown = unknown ?? Unknown(evidence, problem)
        } else {
            undecodable = undecodable ?? file.evidence()
        }
    }
}

extension Observation where Value == File {
    /// Where it was looked for.
    fileprivate var place: ImagePath? { value?.path ?? evidence.first?.path }
}
