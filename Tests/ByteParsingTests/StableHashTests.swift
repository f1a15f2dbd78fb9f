import ByteParsing
import Testing

@Suite struct StableHashTests {
    @Test(
        "FNV-1a as published: the offset basis, and each text followed by a byte of 0xff",
        arguments: [
            ([], "cbf29ce484222325"), ([""], "af64724c8602eb6e"), (["a"], "089bc907b544c769"),
            (["a", "b"], "d2b371819297f98a"),
        ] as [([String], String)])
    func digits(texts: [String], digits: String) {
        var hash = StableHash()
        for text in texts { hash.mix(text) }
        #expect(hash.digits == digits)
    }

    @Test("remainders stay below their divisor, of one and of none too")
    func remainders() {
        for count in [-1, 0, 1, 2, 7, Int.max] {
            let remainder = StableHash("image.tar.gz").remainder(by: count)
            #expect(remainder >= 0 && remainder < max(1, count))
        }
    }
}
