import ByteParsing
import Foundation
import Testing

@testable import YAMLReading

/// The reader, held against PyYAML on written and on damaged documents: the same values, or an error on both sides.
@Suite struct PyYAMLJudgeTests {
    /// Reads a JSON list of documents, prints for each its value with every scalar as text, or null for an error. PyYAML
    /// by libyaml where it is built with it, so that both read by the same grammar.
    private static let judge = """
        import json, sys, yaml
        class Loader(getattr(yaml, 'CSafeLoader', yaml.SafeLoader)):
            pass
        Loader.yaml_implicit_resolvers = {k: [(t, r) for t, r in v if t == 'tag:yaml.org,2002:merge']
                                          for k, v in Loader.yaml_implicit_resolvers.items()}
        def read(text):
            try:
                documents = list(yaml.load_all(text.encode('utf-8', 'surrogateescape'), Loader))
            except Exception:
                return None
            return [documents[0] if documents else ''] if len(documents) < 2 else None
        json.dump([read(text) for text in json.load(sys.stdin)], sys.stdout)
        """

    private static let isAvailable: Bool = {
        (try? run("import yaml", input: Data()))?.status == 0
    }()

    private static func run(_ script: String, input: Data) throws -> (status: Int32, output: Data) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/python3")
        process.arguments = ["-c", script]
        let (standardInput, standardOutput) = (Pipe(), Pipe())
        process.standardInput = standardInput
        process.standardOutput = standardOutput
        process.standardError = FileHandle.nullDevice
        try process.run()
        let writer = Thread {
            standardInput.fileHandleForWriting.write(input)
            standardInput.fileHandleForWriting.closeFile()
        }
        writer.start()
        let output = standardOutput.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        return (process.terminationStatus, output)
    }

    private static let written = [
        "a: 1\nb: [x, 'y z', \"w\\tv\"]\nc:\n  - d: e\n    f: g\n  - |\n    text\n     more\n  - >-\n    folded\n    line\n",
        "base: &b {x: 1, y: 2}\nmine:\n  <<: *b\n  y: 3\nall: [*b, *b]\n",
        "users:\n  - default\ndisable_root: true\ncloud_final_modules:\n - [scripts-user, always]\n - final-message\n",
        "a: &x b\nc: *x\n? d\n: e\n", "# c\n%YAML 1.1\n---\na: b\n...\n", "- - a\n  - b\n- {c: d, e: }\n", "plain",
        "'x'",
        "a: b\na: c\n", "runcmd:\n - [ sh, -c, 'echo \"x\" > /y' ]\n - systemctl start ecs # now\n", "",
    ]

    private static func documents() -> [String] {
        var documents = written
        var state: UInt64 = 42
        func random(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        let letters = Array(" \n-:[]{},#&*!|>'\"%@ax0\t?<".utf8)
        for _ in 0..<600 {
            var bytes = Array(written[random(written.count - 1)].utf8)
            for _ in 0..<(1 + random(3)) {
                let at = random(bytes.count)
                switch random(3) {
                case 0: bytes[at] = letters[random(letters.count)]
                case 1: bytes.insert(letters[random(letters.count)], at: at)
                default: if bytes.count > 1 { bytes.remove(at: at) }
                }
            }
            documents.append(String(decoding: bytes, as: UTF8.self))
        }
        return documents
    }

    /// The same shape as Python prints; nil for a key that is no scalar, which Python cannot hold either.
    private static func value(_ node: YAMLNode) -> Any? {
        switch node.content {
        case .scalar(let text, _): return text
        case .sequence(let items):
            let values = items.compactMap(value)
            return values.count == items.count ? values : nil
        case .mapping(let pairs):
            var values: [String: Any] = [:]
            for pair in pairs {
                guard let key = pair.key.text, let value = value(pair.value) else { return nil }
                values[key] = value
            }
            return values
        }
    }

    @Test(.enabled(if: isAvailable, "python3 has no yaml: the YAML reader is not held against it"))
    func readsWhatPyYAMLReads() throws {
        let documents = Self.documents()
        let answer = try Self.run(Self.judge, input: JSONSerialization.data(withJSONObject: documents))
        #expect(answer.status == 0)
        let theirs = try #require(JSONSerialization.jsonObject(with: answer.output) as? [Any])
        #expect(theirs.count == documents.count)
        var read = 0
        for (text, their) in zip(documents, theirs) {
            // Tags ask for types, which are not read here.
            if text.contains("!") { continue }
            let ours: Any?
            do throws(FormatError) {
                let node = try parseYAML(Array(text.utf8))
                ours = node.map { Self.value($0) } ?? ""
            } catch {
                ours = nil
            }
            let their = (their as? [Any])?.first
            if their != nil { read += 1 }
            #expect(
                NSDictionary(dictionary: ["v": ours ?? NSNull()]).isEqual(to: ["v": their ?? NSNull()]),
                "\(text.debugDescription)")
        }
        #expect(read > 100)
        print("compared with PyYAML: \(documents.count) documents, of which it reads \(read)")
    }
}
