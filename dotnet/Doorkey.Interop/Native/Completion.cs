// How a native completion reaches managed code: one static delegate that lives for ever, a GCHandle as user data, each used exactly once.
// What is to be done then is the subclass's business (Operation).
using System;
using System.Runtime.InteropServices;

namespace Doorkey
{
    internal abstract class Completion
    {
        // Rooted here: a delegate that only native code knows is collected, and the callback then crashes the process.
        private static readonly NativeCompleteCallback Callback = OnComplete;

        /// <summary>Called once, on a thread of the native library: must not throw, must not block.</summary>
        protected abstract void Complete(int status);

        /// <summary>From here until <see cref="Complete"/> the native side keeps this object alive, whatever else lets go of it.</summary>
        protected void Register(OperationHandle operation)
        {
            GCHandle self = GCHandle.Alloc(this);
            int status = NativeMethods.doorkey_operation_on_complete(operation, GCHandle.ToIntPtr(self), Callback);
            if (status != (int)DoorkeyStatus.Ok)
            {
                self.Free();
                DoorkeyException.Check(status);
            }
        }

        private static void OnComplete(IntPtr userData, int status)
        {
            // An exception that leaves this method ends the process: there is no managed caller above it.
            try
            {
                GCHandle self = GCHandle.FromIntPtr(userData);
                Completion target = (Completion)self.Target;
                self.Free();
                target.Complete(status);
            }
            catch (Exception exception)
            {
                Environment.FailFast("Doorkey: a completion failed", exception);
            }
        }
    }
}
