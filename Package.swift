// swift-tools-version: 6.2
import PackageDescription

/// Warnings fail the build where `CI` is set; elsewhere they are only shown, so that a newer compiler does not
/// lock a newcomer out.
let strict: [SwiftSetting] = Context.environment["CI"] == nil ? [] : [.treatAllWarnings(as: .error)]

let settings: [SwiftSetting] =
    strict + [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
    ]

/// A Debian library, seen through a module map in `Sources/<name>`.
func library(_ name: String, _ package: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([package])])
}

/// A module of ours and its tests. `imports` is the whole of what it may import: the order of the calls below is the
/// order of the stack, and lower never imports higher.
func module(_ name: String, imports: [Target.Dependency], testing: [Target.Dependency] = []) -> [Target] {
    [
        .target(name: name, dependencies: imports, swiftSettings: settings),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.target(name: name)] + imports + testing,
            resources: [.copy("Fixtures")],
            swiftSettings: settings
        ),
    ]
}

let httpTypes: Target.Dependency = .product(name: "HTTPTypes", package: "swift-http-types")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let grdb: Target.Dependency = .product(name: "GRDB", package: "GRDB.swift")
let subprocess: Target.Dependency = .product(name: "Subprocess", package: "swift-subprocess")
let system: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let lifecycle: Target.Dependency = .product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals: Target.Dependency = .product(name: "UnixSignals", package: "swift-service-lifecycle")
let arguments: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")
let configuration: Target.Dependency = .product(name: "Configuration", package: "swift-configuration")

let package = Package(
    name: "plumbline",
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration", exact: "1.4.0"),
        .package(url: "https://github.com/apple/swift-http-types", exact: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log", exact: "1.16.2"),
        .package(url: "https://github.com/apple/swift-system", exact: "1.8.1"),
        .package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", exact: "1.0.2"),
    ],
    targets: [
        .target(name: "CLinux"),
        .target(name: "CKernels"),
        library("COpenSSL", "libssl-dev"),
        library("CZlib", "zlib1g-dev"),
        library("COneDNN", "libdnnl-dev"),
        library("CArchive", "libarchive-dev"),
        library("CPNG", "libpng-dev"),
        library("CTurboJPEG", "libturbojpeg0-dev"),
    ]
        + module("Files", imports: ["CLinux", "COpenSSL"])
        + module("Arrays", imports: ["Files", "CZlib"])
        + module("HTTPWire", imports: [httpTypes])
        + module("HTTPServer", imports: ["HTTPWire", "CLinux", "CZlib", httpTypes, logging])
        + module("Datasets", imports: ["Arrays", "Files", "CArchive", "CPNG", "CTurboJPEG", "CZlib"])
        + module("Compute", imports: ["COneDNN", "CKernels"])
        + module("Training", imports: ["Compute"])
        + module("Neighbors", imports: ["Compute"])
        + module("Difficulty", imports: ["Arrays", "Files"])
        + module(
            "TrainingLogs",
            imports: ["Datasets", "Neighbors", "Compute", "Difficulty", "Arrays", "Files"]
        )
        + module(
            "Experiments",
            imports: ["Datasets", "Difficulty", "Arrays", "Files", "CLinux", grdb, subprocess, system, logging]
        )
        + module(
            "Service",
            imports: ["HTTPServer", "Experiments", "Datasets", "Difficulty", "Arrays", "Files", httpTypes, logging]
        )
        + [
            .executableTarget(
                name: "plumbline",
                dependencies: [
                    "Files", "Arrays", "HTTPWire", "HTTPServer", "Datasets", "Compute", "Training", "Neighbors",
                    "Difficulty", "TrainingLogs", "Experiments", "Service", "CLinux",
                    arguments, configuration, lifecycle, unixSignals, logging,
                ],
                swiftSettings: settings
            ),
            // Times parts of the engine; `make bench` compares the figures with other libraries'.
            .executableTarget(
                name: "engine-benchmark",
                dependencies: ["Arrays", "Compute", "Training", "Neighbors", arguments],
                path: "Benchmarks/Engine",
                swiftSettings: settings
            ),
            .testTarget(
                name: "EndToEndTests",
                dependencies: ["plumbline", "Files", "Arrays", "Compute", "Training"],
                exclude: ["Browser"],
                resources: [.copy("Fixtures")],
                swiftSettings: settings
            ),
        ]
)
