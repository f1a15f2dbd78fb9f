/// What describe-images prints is read for exactly one image; all else is said.

import BatchRules
import Foundation
import Inspection
import Testing

@Suite struct AMIMetadataFileTests {
    /// As `aws ec2 describe-images --image-ids ami-...` prints it, with what does not matter here too.
    static let one = """
        {"Images": [{"PlatformDetails": "Linux/UNIX", "BlockDeviceMappings": [{"DeviceName": "/dev/xvda", "Ebs":
        {"DeleteOnTermination": true, "SnapshotId": "snap-0a", "VolumeSize": 30}}], "EnaSupport": true, "BootMode":
        "uefi-preferred", "ImdsSupport": "v2.0", "ImageId": "ami-0123456789abcdef0", "Architecture": "x86_64", "RootDeviceType":
        "ebs", "VirtualizationType": "hvm"}]}
        """

    @Test("one image is read")
    func reads() throws {
        let expected = AMIMetadata(
            imageID: "ami-0123456789abcdef0", virtualizationType: "hvm", architecture: "x86_64",
            bootMode: "uefi-preferred", devices: ["/dev/xvda"], imdsSupport: "v2.0")
        #expect(try AMIMetadata(describeImages: Array(Self.one.utf8)) == expected)
        #expect(try AMIMetadata(describeImages: [0xef, 0xbb, 0xbf] + Array(Self.one.utf8)) == expected)
    }

    @Test func `a device that is left out is none of the instance's`() throws {
        let text = """
            {"Images": [{"BlockDeviceMappings": [{"DeviceName": "/dev/sda1", "Ebs": {}}, {"DeviceName": "/dev/sdb",
            "VirtualName": "ephemeral0"}, {"DeviceName": "/dev/sdc", "NoDevice": ""}]}]}
            """
        #expect(try AMIMetadata(describeImages: Array(text.utf8)).devices == ["/dev/sda1", "/dev/sdb"])
    }

    @Test(
        "anything else is refused with what was expected and found",
        arguments: [
            ("", "no JSON found"), ("ami-1 hvm", "no JSON found"), ("[]", "the top is of another type"),
            ("{}", "an object with \"Images\"; none found"),
            (#"{"Images": []}"#, "exactly one image expected, 0 found"),
            (#"{"Images": [{}, {}]}"#, "exactly one image expected, 2 found"),
            (#"{"Images": {}}"#, ".Images is of another type"),
            (#"{"Images": [{"BootMode": 3}]}"#, ".Images[0].BootMode is of another type"),
            (String(repeating: "[", count: 100_000), "no JSON found"),
        ])
    func refuses(text: String, message: String) throws {
        let error = #expect(throws: SettingsError.self) { try AMIMetadata(describeImages: Array(text.utf8)) }
        #expect(try #require(error).description.contains(message), "\(error?.description ?? "")")
    }

    @Test(
        "a file that cannot be read is said", arguments: [("/", "directory"), ("/nonexistent/x.json", "No such file")])
    func missing(path: String, message: String) throws {
        let error = #expect(throws: SettingsError.self) { try AMIMetadata(file: path) }
        #expect(try #require(error).description.contains(message))
    }

    @Test("a file without an end is read to a limit")
    func endless() throws {
        let error = #expect(throws: SettingsError.self) { try AMIMetadata(file: "/dev/zero") }
        #expect(try #require(error).description.contains("at most"))
    }
}
