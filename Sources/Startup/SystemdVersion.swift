/// Which version of systemd starts an image: it takes some settings in another way than its predecessors.

/// The version of systemd, as far as the image shows it.
package struct SystemdVersion: Hashable, Sendable {
    /// `252`; nil where nothing shows it.
    package let number: Int?

    /// A version, or with nil one that is not known.
    package init(_ number: Int?) {
        self.number = number
    }

    /// The version that a package's version begins with: `252.39-1~deb12u1`, `249`.
    package init(package text: some StringProtocol) {
        number = Int(text.prefix { $0.isASCII && $0.isNumber })
    }

    /// A version that nothing shows.
    package static let unknown = SystemdVersion(nil)

    /// Whether it is `number` or newer; nil where it is not known.
    package func isAtLeast(_ number: Int) -> Bool? {
        self.number.map { $0 >= number }
    }
}
