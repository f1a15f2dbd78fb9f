import PackageDatabases
import Testing

struct PackageVersionTests {
    @Test(
        arguments: [
            ("25.0.16-1.amzn2023.0.4", nil, "25.0.16", "1.amzn2023.0.4"),
            ("5:27.3.1-1~ubuntu.22.04~jammy", 5, "27.3.1", "1~ubuntu.22.04~jammy"),
            ("20.10.24+dfsg1-1+deb12u1", nil, "20.10.24+dfsg1", "1+deb12u1"),
            ("1:2:3-4-5", 1, "2:3-4", "5"), ("v1.27.0.0", nil, "v1.27.0.0", nil), ("a:1", nil, "a:1", nil),
            ("", nil, "", nil),
        ] as [(String, Int?, String, String?)]
    )
    func `a version comes apart and is written as before`(text: String, epoch: Int?, version: String, release: String?)
    {
        let parts = PackageVersion(text)
        #expect(parts == PackageVersion(epoch: epoch, version: version, release: release))
        #expect(parts.description == text)
    }
}
