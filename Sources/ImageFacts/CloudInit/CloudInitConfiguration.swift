/// cloud-init's configuration in the image, merged as cloud-init merges it.

import ByteParsing
import ImageReading
import Startup
import YAMLReading

/// /etc/cloud/cloud.cfg with the files of cloud.cfg.d over it, the last in order of names first
/// (`read_conf_with_confd` in cloud-init's util.py).
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
    /// A file that cannot be read or holds no mapping; cloud-init passes over it with a warning.
    let unknown: Unknown?

    /// Absent where there is no configuration at all.
    static func observe(in root: RootFilesystem) -> Observation<CloudInitConfiguration> {
        var layers: [Layer] = []
        var unknown: Unknown?
        for file in Array(root.files(more).reversed()) + root.files(main) {
            let layer = file.parsed { file throws(FormatError) -> Layer? in
                guard let node = try parseYAML(file.bytes), !node.isNull else { return nil }
                guard node.pairs != nil else {
                    throw FormatError(.malformed, "a mapping expected on line \(node.line), something else found")
                }
                return Layer(file: file, mapping: node)
            }
            switch layer {
            case .present(let layer, _): layers += [layer].compactMap(\.self)
            case .absent: continue
            case .unreadable(let evidence, let found): unknown = unknown ?? Unknown(evidence, found)
            }
        }
        guard !layers.isEmpty || unknown != nil else {
            return .absent(searched: [main.path, more.path])
        }
        return .present(
            CloudInitConfiguration(layers: layers, unknown: unknown), layers.map { $0.file.evidence() })
    }

    /// What a key is set to, and by which file; nil where no file sets it.
    func value(_ key: String) -> (value: YAMLNode, file: File)? {
        for layer in layers {
            if let value = layer.mapping[key] { return (value, layer.file) }
        }
        return nil
    }
}
