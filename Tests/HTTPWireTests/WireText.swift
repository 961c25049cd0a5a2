import HTTPTypes
import HTTPWire

/// The text of a request as it is on the wire: each line of the literal ends with CR LF.
func wire(_ text: String) -> [UInt8] {
    Array(text.replacing("\n", with: "\r\n").utf8)
}

/// All events of `bytes`, fed in pieces of `size` bytes. Adjacent body events are joined, for where they are cut is no
/// part of the promise.
func events(of bytes: [UInt8], piece size: Int = .max, limits: WireLimits = WireLimits()) -> [RequestParser.Event] {
    var parser = RequestParser(limits: limits)
    var events: [RequestParser.Event] = []
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start.addingReportingOverflow(size).overflow ? bytes.count : start + size)
        events += parser.feed(bytes[start..<end])
        start = end
    }
    return joined(events)
}

func joined(_ events: [RequestParser.Event]) -> [RequestParser.Event] {
    var result: [RequestParser.Event] = []
    for event in events {
        if case .body(let bytes) = event, case .body(let before)? = result.last {
            result[result.count - 1] = .body(before + bytes)
        } else {
            result.append(event)
        }
    }
    return result
}

/// The fault that `bytes` end with, if they do.
func fault(of bytes: [UInt8], limits: WireLimits = WireLimits()) -> HTTPFault? {
    if case .failed(let fault)? = events(of: bytes, limits: limits).last { fault } else { nil }
}

extension RequestParser.Event {
    var head: RequestHead? { if case .head(let head) = self { head } else { nil } }
    var bytes: [UInt8]? { if case .body(let bytes) = self { bytes } else { nil } }
}
