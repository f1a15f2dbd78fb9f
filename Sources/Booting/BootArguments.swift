/// The words of the boot entry as evidence, for facts that ask for one of them.

public import ImageReading

extension Observation where Value == BootingKernel {
    /// The arguments that the kernel boots with, each at its place; nil where no boot entry shows them.
    public var arguments: [Evidence]? {
        guard case .present(let kernel, let evidence) = self, let words = kernel.commandLine else { return nil }
        let place = evidence.first ?? Evidence("/proc/cmdline")
        return words.map { Evidence(place.path, realPath: place.realPath, line: place.line, $0) }
    }
}

extension [Evidence] {
    /// The last argument of a name and its value, which is nil where it has none; of several the last counts.
    public func argument(_ name: String) -> (evidence: Evidence, value: Substring?)? {
        guard let word = last(where: { $0.text == name || $0.text.hasPrefix(name + "=") }) else { return nil }
        return (word, word.text == name ? nil : word.text.dropFirst(name.count + 1))
    }
}
