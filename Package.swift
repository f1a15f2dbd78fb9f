// swift-tools-version: 6.2
import PackageDescription

/// Warnings are errors where AMILINT_STRICT is set, as `make lint` and .ci/run do; a newer compiler's new warnings keep
/// nobody else from building.
let strict: [SwiftSetting] = Context.environment["AMILINT_STRICT"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
    [
        .strictMemorySafety(),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("InternalImportsByDefault"),
    ] + strict

/// By its build ID a program knows whether what it finds was kept by itself. (ld(1), --build-id)
let identified: [LinkerSetting] = [.unsafeFlags(["-Xlinker", "--build-id=sha1"])]

func library(
    _ name: String, _ dependencies: [Target.Dependency], resources: [Resource] = [], linker: [LinkerSetting] = []
) -> Target {
    .target(
        name: name, dependencies: dependencies, resources: resources, swiftSettings: settings, linkerSettings: linker)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies + ["TestSupport"], swiftSettings: strict)
}

/// A library in the compiler's own places; what pkg-config says of directories would come before those that
/// `make release` looks into first.
func system(_ name: String, apt: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([apt])])
}

/// Built by `testdata/scripts/fuzz` alone: a program whose main function is libFuzzer's.
let fuzzing: [Target] =
    Context.environment["AMILINT_FUZZ"] == nil
    ? []
    : [
        .executableTarget(
            name: "Fuzz", dependencies: ["FuzzTargets", "DiskImages", "FileSystems", "ByteParsing"], path: "Tests/Fuzz",
            swiftSettings: [.unsafeFlags(["-parse-as-library"])])
    ]

let package = Package(
    name: "amilint",
    products: [.executable(name: "amilint", targets: ["amilint"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        // Ordered by floor: a target may import only what stands above it here.
        system("CArchive", apt: "libarchive-dev"),
        system("CISAL", apt: "libisal-dev"),
        system("CZlib", apt: "zlib1g-dev"),
        system("CZstd", apt: "libzstd-dev"),
        system("CLZMA", apt: "liblzma-dev"),
        system("CNettle", apt: "nettle-dev"),
        system("CSQLite", apt: "libsqlite3-dev"),
        system("CYAML", apt: "libyaml-dev"),
        .systemLibrary(name: "CProcess"),
        .target(name: "CStart"),
        .target(name: "CSandbox"),
        library("ByteParsing", ["CNettle"]),
        library("YAMLReading", ["ByteParsing", "CYAML"]),
        library("PackageDatabases", ["ByteParsing", "CSQLite", "CZlib"]),
        library("FileSystems", ["ByteParsing"]),
        library("Inflating", ["ByteParsing", "CISAL", "CZlib", "CZstd", "CLZMA"]),
        library("DiskImages", ["ByteParsing", "FileSystems", "Inflating"]),
        library(
            "ImageReading", ["ByteParsing", "FileSystems", "DiskImages", "Inflating", "CArchive", "CProcess"]),
        library("GoJSON", ["ByteParsing"]),
        library("Booting", ["ByteParsing", "ImageReading", "Inflating"]),
        library("Startup", ["ByteParsing", "ImageReading", "Booting"]),
        library(
            "ImageFacts",
            ["ByteParsing", "ImageReading", "PackageDatabases", "YAMLReading", "GoJSON", "Booting", "Startup"]),
        library("BatchRules", ["ByteParsing", "ImageFacts", "ImageReading", "Booting", "Startup"]),
        library(
            "Reporting",
            ["BatchRules", "ImageFacts", "ImageReading", "PackageDatabases", "ByteParsing", "Booting"],
            resources: [.embedInCode("report.css"), .embedInCode("Audit/audit.css"), .embedInCode("Audit/audit.js")]),
        library(
            "Inspection",
            [
                "Reporting", "BatchRules", "ImageFacts", "Booting", "ImageReading", "FileSystems", "YAMLReading",
                "ByteParsing", "CProcess",
            ],
            linker: identified),
        .executableTarget(
            name: "amilint",
            dependencies: [
                "Inspection", "Reporting", "BatchRules", "ImageReading", "CStart", "CSandbox", "CArchive", "CISAL",
                "CNettle", "CSQLite", "CYAML",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: settings
        ),
        .target(
            name: "TestSupport", dependencies: ["ImageReading", "FileSystems", "DiskImages", "ByteParsing"],
            path: "Tests/TestSupport", swiftSettings: strict),
        .target(
            name: "FuzzTargets",
            dependencies: [
                "TestSupport", "Inspection", "Reporting", "BatchRules", "ImageFacts", "Startup", "Booting", "GoJSON",
                "ImageReading", "PackageDatabases", "YAMLReading", "ByteParsing",
            ],
            path: "Tests/FuzzTargets", swiftSettings: strict),
        tests("FuzzTargetsTests", ["FuzzTargets"]),
        tests("ByteParsingTests", ["ByteParsing"]),
        tests("YAMLReadingTests", ["YAMLReading"]),
        tests("PackageDatabasesTests", ["PackageDatabases", "ByteParsing"]),
        tests("FileSystemsTests", ["FileSystems"]),
        tests("InflatingTests", ["Inflating", "ByteParsing"]),
        tests("DiskImagesTests", ["DiskImages", "FileSystems", "ByteParsing"]),
        tests("ImageReadingTests", ["ImageReading", "FileSystems", "Inflating"]),
        tests("GoJSONTests", ["GoJSON", "ByteParsing"]),
        tests("BootingTests", ["Booting", "ByteParsing", "ImageReading", "Inflating"]),
        tests("StartupTests", ["Startup", "Booting", "ByteParsing", "ImageReading"]),
        tests("ImageFactsTests", ["ImageFacts", "Startup", "Booting", "ImageReading"]),
        tests("BatchRulesTests", ["BatchRules", "DiskImages", "ImageFacts", "ImageReading"]),
        tests("ReportingTests", ["Reporting", "BatchRules", "ImageFacts", "ImageReading"]),
        tests("InspectionTests", ["Inspection", "Reporting", "BatchRules", "ImageFacts", "ImageReading"]),
        tests("CommandLineTests", ["amilint"]),
    ] + fuzzing,
    swiftLanguageModes: [.v6]
)
