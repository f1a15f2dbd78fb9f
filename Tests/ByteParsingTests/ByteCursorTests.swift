import ByteParsing
import Testing

@Suite struct ByteCursorTests {
    @Test func readsInBothByteOrders() throws {
        var cursor = ByteCursor([1, 2, 3, 4, 5, 6, 7, 8, 9])
        #expect(try cursor.integer(UInt16.self, bigEndian: true) == 0x0102)
        #expect(try cursor.integer(UInt16.self, bigEndian: false) == 0x0403)
        #expect(try cursor.integer(UInt32.self, bigEndian: true) == 0x0506_0708)
        #expect(try cursor.uint8() == 9)
        #expect(cursor.remaining == 0)
    }

    @Test func errorsNamePlacesOfTheFile() throws {
        var outer = ByteCursor([0, 0, 0, 0, 1, 2])
        try outer.skip(4)
        var inner = try outer.cursor(2)
        #expect(try inner.uint8() == 1)
        #expect(throws: FormatError(.truncated, "4 bytes expected, 1 left", at: 5)) {
            try inner.integer(UInt32.self, bigEndian: true)
        }
        #expect(inner.offset == 5)
    }

    @Test(arguments: [Int.min, -1, 4, Int.max])
    func aCountOrPlaceOutsideIsAnErrorAndMovesNothing(number: Int) throws {
        var cursor = ByteCursor([1, 2, 3])
        #expect(throws: FormatError.self) { try cursor.take(number) }
        #expect(throws: FormatError.self) { try cursor.skip(number) }
        #expect(throws: FormatError.self) { try cursor.seek(to: number) }
        #expect(cursor.position == 0)
    }

    @Test func aStringEndsAtItsNUL() throws {
        var cursor = ByteCursor(Array("ab\0cd".utf8))
        #expect(try cursor.nulTerminated().elementsEqual("ab".utf8))
        #expect(throws: FormatError.self) { try cursor.nulTerminated() }
        #expect(cursor.position == 3)
    }

    @Test func aSliceIsReadFromItsOwnStart() throws {
        var cursor = ByteCursor([9, 9, 1, 2][2...], offset: 100)
        #expect(cursor.count == 2)
        #expect(try cursor.take(2).elementsEqual([1, 2]))
        #expect(cursor.offset == 102)
    }
}
