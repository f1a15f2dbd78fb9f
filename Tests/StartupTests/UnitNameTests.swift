import Testing

@testable import Startup

@Suite struct UnitNameTests {
    @Test(arguments: [
        "ecs.service", "getty@tty1.service", "getty@.service", "-.mount", "a-b\\x2dc.mount", "dev-sda.device",
        "a@b@c.service",
    ])
    func namesThatSystemdTakes(text: String) {
        #expect(UnitName(text)?.text == text)
    }

    @Test(arguments: [
        "", "ecs", "ecs.", ".service", "@.service", "a b.service", "a/b.service", "é.service", "x.conf",
        String(repeating: "a", count: 248) + ".service",
    ])
    func namesThatSystemdRefuses(text: String) {
        #expect(UnitName(text) == nil)
    }

    @Test(arguments: [
        ("foo-bar-baz.service", ["foo-bar-baz.service", "foo-bar-.service", "foo-.service"]),
        ("foo-.service", ["foo-.service"]),
        ("-.mount", ["-.mount"]),
        ("a-b@x.service", ["a-b@x.service", "a-b@.service", "a-@x.service", "a-@.service"]),
        ("ecs.service", ["ecs.service"]),
    ])
    func dropInsStandUnderThePrefixesToo(name: String, expected: [String]) {
        #expect(UnitName(name)?.namesOfDropIns == expected)
    }

    @Test(arguments: [
        ("a.service", "b.service", true), ("a.service", "b.target", false), ("a.service", "b@.service", false),
        ("a@.service", "b@.service", true), ("a@.service", "b@x.service", false), ("a@x.service", "b@.service", true),
        ("a@x.service", "b@x.service", true), ("a@x.service", "b@y.service", false),
        ("a@x.service", "b.service", false),
    ])
    func aliasesKeepTypeAndInstance(alias: String, target: String, expected: Bool) throws {
        #expect(try #require(UnitName(alias)).mayBeAlias(of: try #require(UnitName(target))) == expected)
    }

    @Test(arguments: [
        ("%n", "foo@bar.service"), ("%N", "foo@bar"), ("%p-%i", "foo-bar"), ("100%%", "100%"), ("none", "none"),
    ])
    func specifiersOfTheNameAreExpanded(text: String, expected: String) throws {
        #expect(try #require(UnitName("foo@bar.service")).expandingSpecifiers(text) == expected)
    }

    @Test(arguments: ["%H", "%m", "a%"])
    func otherSpecifiersAreNotGuessed(text: String) throws {
        #expect(try #require(UnitName("foo@bar.service")).expandingSpecifiers(text) == nil)
    }
}
