import ByteParsing
import Testing

@Suite struct CharactersTests {
    @Test func `a byte and a character of the same code are of the same kind, and nothing beyond ASCII is of any`() {
        let digits = Set("0123456789".utf8)
        let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz".utf8)
        for byte in UInt8.min...UInt8.max {
            #expect(byte.isASCIIDigit == digits.contains(byte), "\(byte)")
            #expect(byte.isASCIILetter == letters.contains(byte), "\(byte)")
            #expect(byte.isASCIIAlphanumeric == (digits.contains(byte) || letters.contains(byte)), "\(byte)")
            #expect(isBlank(byte) == " \t\r\n".utf8.contains(byte), "\(byte)")
            let character = Character(Unicode.Scalar(byte))
            #expect(character.isASCIIDigit == digits.contains(byte), "\(character)")
            #expect(character.isASCIILetter == letters.contains(byte), "\(character)")
        }
        // A digit and a letter of other scripts, a letter with a mark of its own, a line ending of two bytes.
        for character in ["\u{0663}", "\u{00e9}", "e\u{301}", "1\u{20e3}", "\r\n"] as [Character] {
            #expect(!character.isASCIIDigit && !character.isASCIILetter, "\(character)")
        }
    }

    @Test(arguments: [
        ("", ""), (" a ", "a"), ("\t\n\u{0b}\u{0c}\r a b\u{85}\u{a0}\u{2003}", "a b"), ("\u{200b}a", "\u{200b}a"),
        ("\r\n", ""),
    ])
    func `white space is taken off as Go does it`(text: String, expected: String) {
        #expect(goTrimmed(text) == expected)
    }
}
