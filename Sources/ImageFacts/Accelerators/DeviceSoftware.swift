/// What an image brings for AWS's own devices: the accelerators Inferentia and Trainium, and the Elastic Fabric Adapter.

public import ImageReading
import PackageDatabases
import Startup

/// Installations of the Neuron and EFA software outside of the kernel.
public struct DeviceSoftware: Fact {
    /// Packages of AWS Neuron, by name.
    public let neuronPackages: [String]
    /// neuron-ls, of aws-neuronx-tools.
    public let neuronTools: Observation<ImagePath>
    /// What the EFA installer and its packages leave in any case.
    public let efa: Observation<ImagePath>
    /// Packages of EFA's driver, by name.
    public let efaPackages: [String]
    /// libfabric, by which MPI and NCCL use the adapter.
    public let libfabric: Observation<ImagePath>
    /// What starts dkms at boot, which builds a driver for the kernel that boots; empty where nothing does.
    public let dkmsStart: [Evidence]

    private static let tools: [ImagePath] = ["/opt/aws/neuron/bin/neuron-ls"]
    private static let installations: [ImagePath] = ["/opt/amazon/efa/bin", "/opt/amazon/efa_installed_packages"]
    private static let libraries: [ImagePath] = [
        "/opt/amazon/efa/lib64", "/opt/amazon/efa/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu",
        "/usr/lib/aarch64-linux-gnu", "/usr/local/lib", "/usr/local/lib64",
    ].map { (directory: ImagePath) in directory.appending("libfabric.so.1") }

    /// Names alone; packages are read by another fact.
    public static let wants: [Want] = (tools + installations + libraries).map { .names($0) }

    /// Looks for both.
    static func observe(in startup: ImageStartup, packages: InstalledPackages) -> DeviceSoftware {
        func first(_ paths: [ImagePath]) -> Observation<ImagePath> {
            var answer: Observation<ImagePath> = .absent(searched: [])
            for path in paths { answer = answer.orElse(startup.root.names(.names(path)).map { _ in path }) }
            return answer
        }
        func names(_ condition: (String) -> Bool) -> [String] {
            (packages.packages { condition($0.name) }.value ?? []).map(\.name)
        }
        let neuron = names { $0.hasPrefix("aws-neuron") }
        let driver = names { ["efa", "efa-dkms"].contains($0) }
        let isBuilt = !neuron.isEmpty || !driver.isEmpty
        return DeviceSoftware(
            neuronPackages: neuron, neuronTools: first(tools), efa: first(installations), efaPackages: driver,
            libfabric: first(libraries),
            dkmsStart: isBuilt ? startup.boot.start(of: "dkms.service").startedBy ?? [] : [])
    }
}
