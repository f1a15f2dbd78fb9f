import Foundation
import TestSupport
import Testing

@testable import ImageFacts

/// Holds the readers of HTTP_PROXY and NO_PROXY against what golang.org/x/net/http/httpproxy says.
@Suite struct GoProxyTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let proxy: String
        let exceptions: String
        let isDirect: [Bool]
        var testDescription: String { "\(proxy) except \(exceptions)" }

        static func all(_ file: String) throws -> [Row] {
            let bytes = try TestData.bytes(TestData.url("go-proxy/\(file)"))
            return try String(decoding: bytes, as: UTF8.self).split(separator: "\n").map { line in
                let fields = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
                func text(_ field: String) throws -> String {
                    try JSONDecoder().decode(String.self, from: Data(field.utf8))
                }
                return Row(
                    proxy: try text(fields[0]), exceptions: try text(fields[1]),
                    isDirect: fields[2...].map { $0 == "direct" })
            }
        }
    }

    @Test(arguments: [("x-net-0.7.0.tsv", true), ("x-net-0ca694d.tsv", false)])
    func requestsGoWhereGoSendsThem(file: String, matchesNames: Bool) throws {
        let rows = try Row.all(file)
        #expect(rows.count > 200)
        for row in rows {
            let exceptions = ProxyExceptions(row.exceptions, matchingNames: matchesNames)
            for (address, isDirect) in zip(["169.254.169.254", "169.254.170.2"], row.isDirect) {
                let found = !isProxyToGo(row.proxy) || exceptions.cover(address)
                // Letters of other scripts that stand for digits are not translated.
                guard row.exceptions.utf8.allSatisfy({ $0 < 0x80 }) || !matchesNames || found == isDirect else {
                    continue
                }
                #expect(found == isDirect, "\(row) for \(address)")
            }
        }
    }

    @Test func aMaskedProxyIsTakenAsTheProxyIs() throws {
        for row in try Row.all("x-net-0ca694d.tsv") where row.exceptions.isEmpty {
            let masked = maskedProxy(row.proxy)
            #expect(isProxyToGo(masked) == isProxyToGo(row.proxy), "\(row.proxy) as \(masked)")
            #expect(maskedProxy(masked) == masked, "\(masked)")
            #expect(!masked.contains("pw@") && !masked.contains("user:"), "\(masked)")
        }
    }
}
