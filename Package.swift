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
        // Asynchronous methods of structs stay with the actor that calls them, and so on its queue (SE-0461).
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    ]

/// A Debian library, seen through a module map in `Sources/<name>`.
func library(_ name: String, _ package: String) -> Target {
    .systemLibrary(name: name, providers: [.apt([package])])
}

/// A module of ours and its tests. `imports` is the whole of what it may import: the order of the calls below is the
/// order of the stack, and lower never imports higher.
///
/// - Parameters:
///   - path: its folder; `Sources/<name>` where it is not given
///   - testing: what its tests import besides
///   - fixtures: whether its tests read files
///   - papers: documents in its folder
func module(
    _ name: String,
    path: String? = nil,
    imports: [Target.Dependency],
    testing: [Target.Dependency] = [],
    fixtures: Bool = false,
    papers: [String] = []
) -> [Target] {
    [
        .target(name: name, dependencies: imports, path: path, exclude: papers, swiftSettings: settings),
        .testTarget(
            name: "\(name)Tests",
            dependencies: [.target(name: name), "TestSupport"] + imports + testing,
            resources: fixtures ? [.copy("Fixtures")] : [],
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
        .target(name: "COnnxRuntime"),
        library("COpenSSL", "libssl-dev"),
        library("CZlib", "zlib1g-dev"),
        library("COneDNN", "libdnnl-dev"),
        library("CArchive", "libarchive-dev"),
        library("CPNG", "libpng-dev"),
        library("CTurboJPEG", "libturbojpeg0-dev"),
    ]
        + module("Files", imports: ["CLinux", "COpenSSL"])
        + module("Arrays", imports: ["Files", "CZlib"], fixtures: true)
        + module("Recipes", imports: [])
        + module("Tasks", imports: ["Recipes", "Arrays", "Files"])
        + module("HTTPWire", imports: [httpTypes], fixtures: true)
        + module("HTTPServer", imports: ["Files", "HTTPWire", "CLinux", "CZlib", httpTypes, logging])
        + module("Datasets", imports: ["Tasks", "Arrays", "Files", "CArchive", "CPNG", "CTurboJPEG", "CZlib"])
        + module(
            "Backbones",
            imports: ["Datasets", "Tasks", "Recipes", "Arrays", "Files", "COnnxRuntime"],
            fixtures: true
        )
        + module("Compute", imports: ["Recipes", "COneDNN", "CKernels"])
        + module("Training", imports: ["Compute", "Recipes"], fixtures: true)
        + module("Neighbors", imports: ["Compute", "Recipes"])
        + module(
            "Worker",
            imports: ["Backbones", "Training", "Neighbors", "Compute", "Tasks", "Recipes", "Arrays", "Files"]
        )
        + module("Difficulty", imports: ["Tasks", "Recipes", "Arrays", "Files"], fixtures: true, papers: ["README.md"])
        + module(
            "TrainingLogs",
            imports: ["Datasets", "Neighbors", "Compute", "Difficulty", "Tasks", "Recipes", "Arrays", "Files"]
        )
        + module(
            "Experiments",
            imports: [
                "Datasets", "Difficulty", "Tasks", "Recipes", "Files", grdb, subprocess, system, logging,
            ],
            testing: ["PlumblineTesting", "Service", "EnsembleKind", "PruningKind", "LogKind"],
            fixtures: true
        )
        + module(
            "Service",
            imports: [
                "HTTPServer", "Experiments", "Datasets", "Difficulty", "Tasks", "Recipes", "Arrays", "Files", httpTypes,
                logging,
            ],
            testing: ["PlumblineTesting", "EnsembleKind", "PruningKind", "LogKind"]
        )
        // Everything about one kind of job, in a folder of its own.
        + module(
            "EnsembleKind",
            path: "Sources/Kinds/Ensemble",
            imports: [
                "Service", "Experiments", "Worker", "Backbones", "Difficulty", "Datasets", "Tasks", "Recipes",
                "HTTPServer", "Arrays", "Files", httpTypes,
            ],
            testing: ["PlumblineTesting"]
        )
        + module(
            "PruningKind",
            path: "Sources/Kinds/Pruning",
            imports: [
                "EnsembleKind", "Service", "Experiments", "Worker", "Difficulty", "Datasets", "Tasks", "Recipes",
                "HTTPServer", "Arrays", "Files", httpTypes,
            ],
            testing: ["PlumblineTesting"]
        )
        + module(
            "LogKind",
            path: "Sources/Kinds/Log",
            imports: [
                "EnsembleKind", "Service", "Experiments", "Difficulty", "Datasets", "Tasks", "Recipes", "HTTPServer",
                "Files", httpTypes,
            ],
            testing: ["PlumblineTesting", "Arrays"]
        )
        // What tests of any module share, and experiments whose children are closures in the test's own process.
        + [
            .target(name: "TestSupport", dependencies: ["CZlib"], path: "Tests/Support", swiftSettings: settings),
            .target(
                name: "PlumblineTesting",
                dependencies: [
                    "TestSupport",
                    "Arrays", "Files", "Recipes", "Tasks", "Datasets", "Worker", "TrainingLogs", "Experiments",
                    "Service", "HTTPServer", "EnsembleKind", "PruningKind", "LogKind", logging,
                ],
                path: "Tests/Testing",
                swiftSettings: settings
            ),
        ]
        // Arguments, configuration and wiring; the registries.
        + module(
            "Program",
            imports: [
                "Files", "HTTPServer", "Datasets", "Recipes", "Backbones", "Compute", "Training", "Tasks", "Worker",
                "TrainingLogs",
                "Experiments", "Service", "EnsembleKind", "PruningKind", "LogKind", "CLinux", arguments, configuration,
                lifecycle, unixSignals, logging, system,
            ]
        )
        + [
            .executableTarget(name: "plumbline", dependencies: ["Program"], swiftSettings: settings),
            // Times parts of the engine; `make bench` compares the figures with other libraries'.
            .executableTarget(
                name: "engine-benchmark",
                dependencies: ["Arrays", "Compute", "Recipes", "Training", "Neighbors", arguments],
                path: "Benchmarks/Engine",
                swiftSettings: settings
            ),
            // A real service process, spoken to by curl.
            .target(
                name: "ProcessTesting",
                dependencies: ["TestSupport", "Arrays"],
                path: "Tests/ProcessTesting",
                swiftSettings: settings
            ),
            // A kind of job that only its test knows.
            .executableTarget(
                name: "count-plumbline",
                dependencies: ["Program", "Arrays", "Files", "Datasets", "Tasks", "Worker", "Experiments", "Service"],
                path: "Tests/CountKindTests/Program",
                swiftSettings: settings
            ),
            .testTarget(
                name: "CountKindTests",
                dependencies: ["count-plumbline", "plumbline", "ProcessTesting"],
                exclude: ["Program"],
                swiftSettings: settings
            ),
            .testTarget(
                name: "EndToEndTests",
                dependencies: ["plumbline", "ProcessTesting", "TestSupport", "Files", "Arrays"],
                exclude: ["Browser"],
                swiftSettings: settings
            ),
        ]
)
