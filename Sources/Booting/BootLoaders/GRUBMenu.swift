/// GRUB 2's menu and the choice that it makes of it when nobody touches a key (GRUB, grub-core/normal/menu.c).

import ImageReading

/// One entry of a menu that GRUB has built.
struct GRUBMenuEntry {
    let title: String
    /// `--id`, else the title; for an entry file its name.
    let id: String
    let body: [GRUBScript.Command]
    let isSubmenu: Bool
    /// The file that the body's lines belong to.
    let source: File
    /// For an entry file, the line that names the kernel.
    let evidence: Evidence?
}

/// A value of GRUB's variable `default`: names or numbers of entries, one inside the other with `>` between them.
struct GRUBDefault {
    /// The entry meant first, and what is left for a submenu.
    let first: String
    let rest: String

    /// Splits at the first `>`; a doubled one belongs to the name.
    init(_ text: String) {
        var first = ""
        var rest = Substring(text)
        while let character = rest.popFirst() {
            if character == ">" {
                guard rest.first == ">" else { break }
                rest = rest.dropFirst()
            }
            first.append(character)
        }
        self.first = first
        self.rest = String(rest)
    }

    /// The index of the entry meant: by id or title, then by number; the first where none is.
    ///
    /// GRUB itself looks for a number first, and rhboot's for an id, a title, a number; they differ where an entry is
    /// called by a bare number or by another's id.
    func index(in menu: [GRUBMenuEntry]) -> Int {
        if let index = menu.firstIndex(where: { $0.id == first || $0.title == first }) { return index }
        guard !first.isEmpty, first.utf8.count < 6, first.allSatisfy(\.isASCIIDigit), let number = Int(first),
            menu.indices.contains(number)
        else { return 0 }
        return number
    }
}
