/// Release data from files: the tables that are built in are those of testdata/data.

import BatchRules
import Foundation
import Inspection
import Testing

@Suite struct ReleaseDataFileTests {
    private static let data = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().appending(path: "testdata/data").path

    @Test("the file of releases reads as the table that is built in")
    func releases() throws {
        let file = try ReleaseDataFile(file: Self.data + "/ecs-ami-releases.json")
        let releases = try #require(file.releases)
        #expect(file.lifecycle == nil)
        #expect(releases.date == ReleaseTable.builtIn.date)
        #expect(releases.latestAgent == ReleaseTable.builtIn.latestAgent)
        #expect(Set(releases.pairs) == Set(ReleaseTable.builtIn.pairs))
        #expect(releases.pairs.count == ReleaseTable.builtIn.pairs.count)
    }

    @Test("the file of ends of support reads as the table that is built in")
    func lifecycle() throws {
        let file = try ReleaseDataFile(file: Self.data + "/end-of-life.json")
        let lifecycle = try #require(file.lifecycle)
        #expect(file.releases == nil)
        #expect(lifecycle.date == LifecycleTable.builtIn.date)
        #expect(lifecycle.rows == LifecycleTable.builtIn.rows)
    }

    @Test(
        "what is not release data is refused with what was expected",
        arguments: [
            ("{", "release data expected"), ("{}", "release data expected"),
            (#"{"as_of": "2026-02-30"}"#, "'2026-02-30' found"),
            (#"{"as_of": "2026-02-28"}"#, "neither found"),
            (#"{"as_of": "2026-02-28", "releases": []}"#, #"a version expected in "latest_agent""#),
            (
                #"{"as_of": "2026-02-28", "distributions": [{"id": "a", "version": "1", "end_of_support": "soon"}]}"#,
                "for a 1, 'soon' found"
            ),
        ])
    func refused(text: String, message: String) {
        let error = #expect(throws: SettingsError.self) { try ReleaseDataFile(Array(text.utf8)) }
        #expect(error.map { "\($0)".contains(message) } == true, "\(String(describing: error))")
    }
}
