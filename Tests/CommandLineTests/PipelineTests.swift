/// The snippets for pipelines: held against the vendors' schemas, and their command line run as it is written.

import Foundation
import Testing

@Suite(.enabled(if: demoRoots != nil)) struct PipelineTests {
    @Test(
        "snippets are what the vendor's schema says", .enabled(if: isInstalled("check-jsonschema")),
        arguments: [("github-actions.yml", "github-workflows"), ("gitlab-ci.yml", "gitlab-ci")])
    func schema(file: String, schema: String) throws {
        let outcome = try Workplace().run(
            "exec check-jsonschema --builtin-schema vendor.\(schema) $TESTDATA/pipelines/\(file)")
        #expect(outcome.status == 0, "\(outcome.output)\(outcome.error)")
    }

    @Test("what is fetched of amilint lies below one address, by the version that this is")
    func addresses() throws {
        let base = try String(contentsOf: testdata.appending(path: "release/base-url"), encoding: .utf8)
            .trimmingCharacters(in: .newlines)
        let version = try Workplace().run("exec \"$AMILINT\" --version").output.split(whereSeparator: \.isWhitespace)
        let folder = testdata.appending(path: "pipelines")
        let files =
            try FileManager.default.contentsOfDirectory(atPath: folder.path).map { folder.appending(path: $0) }
            + ["README.md", ".github/actions/amilint/action.yml"].map { testdata.appending(path: "../\($0)") }
        var count = 0
        for file in files {
            let text = try String(contentsOf: file, encoding: .utf8)
            for address in text.matches(of: /https?:\/\/[^ "'`]*\/amilint-[0-9][^ "'`\n]*/).map({ String($0.output) }) {
                count += 1
                #expect(address.hasPrefix("\(base)/\(version[1])/amilint-\(version[1])-"), "\(file.lastPathComponent)")
            }
            if text.contains("base-url:") {
                #expect(text.contains("default: \(base)\n") && text.contains("default: \(version[1])\n"))
            }
        }
        #expect(count > 2)
    }

    /// Each snippet, with the files that each of its command lines writes.
    private static let snippets: [(file: String, writes: [[String]])] = [
        ("github-actions.yml", [["amilint.md", "amilint.sarif"]]),
        ("gitlab-ci.yml", [["amilint.html", "amilint.xml"]]),
        ("Jenkinsfile", [["amilint.html", "amilint.xml"]]),
        ("packer.pkr.hcl", [[], ["amilint.json"]]),
        ("image-builder.yml", [[]]),
        ("export-image.sh", [["amilint.json"]]),
    ]

    @Test("every snippet is tried here")
    func all() throws {
        let files = try FileManager.default.contentsOfDirectory(atPath: testdata.appending(path: "pipelines").path)
        #expect(files.sorted() == Self.snippets.map(\.file).sorted())
    }

    @Test("a snippet's command line lets a good image pass and stops a bad one", arguments: snippets)
    func run(file: String, writes: [[String]]) throws {
        let text = try String(contentsOf: testdata.appending(path: "pipelines/\(file)"), encoding: .utf8)
        let commands = text.matches(of: /amilint check [^'"\n]*/).map { String($0.output) }
        try #require(commands.count == writes.count)
        for (command, files) in zip(commands, writes) {
            for (root, status) in [("good", Int32(0)), ("bad", 1)] {
                let work = try Workplace()
                // Replaced are / itself, which is the machine of the tests, and a disk, by a tar.
                let outcome = try work.runOnDemo(
                    """
                    mkdir bin && ln -s $AMILINT bin/amilint && cp $DEMO/\(root).tar.gz image.tar.gz
                    echo '{"Images": [{"VirtualizationType": "hvm", "Architecture": "x86_64"}]}' >image.json
                    PATH=$PWD/bin:$PATH
                    \(command.replacing("check / ", with: "check $DEMO/\(root) ").replacing(".vmdk", with: ".tar.gz"))
                    """)
                #expect(outcome.status == status, "\(command): \(outcome.error)")
                #expect(outcome.error.isEmpty)
                #expect(try work.names() == (["bin", "image.json", "image.tar.gz"] + files).sorted())
            }
        }
    }
}
