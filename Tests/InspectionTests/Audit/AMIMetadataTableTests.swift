/// AMI metadata of many images find their files; what has no counterpart is said.

import BatchRules
import Testing

@testable import Inspection

@Suite struct AMIMetadataTableTests {
    static let images = [
        AMIMetadata(imageID: "ami-0a", name: "web", virtualizationType: "hvm"),
        AMIMetadata(imageID: "ami-0b", name: "web-gpu", virtualizationType: "paravirtual"),
        AMIMetadata(imageID: "ami-0c", name: "batch", virtualizationType: "hvm"),
    ]

    @Test("a file is the image whose ImageId its name holds, else the one with the longest Name in it")
    func matches() {
        let table = AMIMetadataTable(
            Self.images, files: ["ami-0b/export-ami-0a.tar.gz", "web-gpu-2026.tar", "x/web.tar", "other.tar"])
        #expect(table["ami-0b/export-ami-0a.tar.gz"]?.imageID == "ami-0a")
        #expect(table["web-gpu-2026.tar"]?.imageID == "ami-0b")
        #expect(table["x/web.tar"]?.imageID == "ami-0a")
        #expect(table["other.tar"] == nil)
        #expect(table.unmatched == ["ami-0c"])
        #expect(table.filesWithout == ["other.tar"])
        #expect(
            table.remarks(isWhole: true) == [
                "without AMI metadata (no ImageId or Name in the file's name): other.tar",
                "AMI metadata of no file here: ami-0c",
            ])
        #expect(table.remarks(isWhole: false).count == 1, "a shard has not all the files")
    }

    @Test("two images that fit a file alike are none")
    func isAmbiguous() {
        let twice = [AMIMetadata(imageID: "ami-1", name: "web"), AMIMetadata(imageID: "ami-2", name: "web")]
        let table = AMIMetadataTable(twice, files: ["web.tar"])
        #expect(table["web.tar"] == nil)
        #expect(table.filesWithout == ["web.tar"] && table.unmatched == ["ami-1", "ami-2"])
    }

    @Test("without metadata nothing is said")
    func isEmpty() {
        let table = AMIMetadataTable([], files: ["web.tar"])
        #expect(table["web.tar"] == nil && table.remarks(isWhole: true).isEmpty)
    }
}
