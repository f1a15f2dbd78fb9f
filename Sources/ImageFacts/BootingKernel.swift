/// The kernel that the image boots: from the boot loader's configuration, else from what is installed.

public import ImageReading

/// The kernel that will run.
public struct BootingKernel: Fact {
    /// The version text, from the header inside the kernel file where there is one, else from its name.
    public let version: String
    /// The kernel's file as the boot loader names it; nil where only its version is known.
    public let path: ImagePath?
    /// The arguments of the boot entry, split at blanks; nil where no boot entry is known.
    public let commandLine: [String]?

    public static let wants: [Want] = []
}
