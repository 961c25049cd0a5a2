import HTTPTypes
import HTTPWire

extension Problem {
    /// A fault on the wire as a document.
    init(_ fault: HTTPFault) {
        self.init(fault.status, detail: fault.detail)
    }

    /// Why a body could not be read.
    init(_ failure: ConnectionMachine.BodyFailure) {
        switch failure {
        case .wire(let fault): self.init(fault)
        case .stalled: self.init(.requestTimeout, detail: "No more of the body came in time.")
        case .tooSlow: self.init(.requestTimeout, detail: "The body came too slowly.")
        case .endedEarly: self.init(.badRequest, detail: "The connection ended before the body was complete.")
        }
    }

    /// Why the server answers by itself.
    init(_ refusal: ConnectionMachine.Refusal) {
        let soon: HTTPFields = [.retryAfter: "1"]
        switch refusal {
        case .wire(let fault): self.init(fault)
        case .headTimeout: self.init(.requestTimeout, detail: "The request head did not come in time.")
        case .handlerTimeout:
            self.init(.serviceUnavailable, detail: "The answer took too long to make.", fields: soon)
        case .tooManyConnections:
            self.init(.serviceUnavailable, detail: "Too many connections are open.", fields: soon)
        }
    }
}
