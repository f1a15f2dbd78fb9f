/// The orders that boot loaders sort versions by.

import Foundation
import TestSupport
import Testing

@testable import Booting

@Suite struct BootVersionOrderTests {
    @Test(arguments: [
        ("6.1.9", "6.1.10"), ("6.1", "6.1.1"), ("6.1~rc1", "6.1"), ("6.1", "6.1+git1"), ("6.1+git1", "6.1.1"),
        ("a", "1"), ("5.10.0-30", "6.1.0-1"), ("009", "10"), ("", "1"), ("6.1.170-213", "6.1.170-213.321"),
    ])
    func ordersAsGRUBDoes(older: String, newer: String) {
        #expect(BootVersionOrder.grub(older, newer) < 0)
        #expect(BootVersionOrder.grub(newer, older) > 0)
        #expect(BootVersionOrder.grub(newer, newer) == 0)
    }

    @Test(arguments: [
        ("11", "011.1"), ("122.1", "123"), ("123~rc1", "123"), ("123", "123-a"), ("123-a", "123-a.1"),
        ("123-3", "123^1"),
        ("123^1", "123.1"), ("123.1", "123a"), ("123-a.1", "123-a.2"),
    ])
    func ordersAsSystemdDoes(older: String, newer: String) {
        #expect(BootVersionOrder.systemd(older, newer) < 0)
        #expect(BootVersionOrder.systemd(newer, older) > 0)
        #expect(BootVersionOrder.systemd(older, older) == 0)
    }
}

extension BootVersionOrderTests {
    @Test func ordersGeneratedVersionsAsSystemdItselfDoes() throws {
        let file = TestData.url("systemd-version-order.txt")
        let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 2000)
        for line in lines {
            let fields = line.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
            let (order, expected) = (BootVersionOrder.systemd(fields[0], fields[1]), Int(fields[2]))
            #expect(order.signum() == expected, "\(line)")
        }
    }
}
