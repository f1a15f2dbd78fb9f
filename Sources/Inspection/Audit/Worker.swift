/// A thread that runs one function to its end.

import Glibc

/// A thread of the system: what it runs waits for processes and files, which would hold up Swift's own pool.
final class Worker {
    private var thread = pthread_t()

    /// Starts `body`. Throws where the system has no thread to give.
    init(_ body: @escaping () -> Void) throws(SystemError) {
        let body = unsafe Unmanaged.passRetained(Body(body))
        let number = unsafe pthread_create(
            &thread, nil,
            { context in
                if let context = unsafe context {
                    unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
                }
                return nil
            }, unsafe body.toOpaque())
        guard number == 0 else {
            unsafe body.release()
            throw SystemError(number: number)
        }
    }

    /// Waits until it has ended.
    func join() {
        _ = pthread_join(thread, nil)
    }

    private final class Body {
        let run: () -> Void

        init(_ run: @escaping () -> Void) {
            self.run = run
        }
    }
}
