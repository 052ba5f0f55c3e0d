// The results of one call for many secrets, one after the other and each as soon as it is there. What becomes of them is Get-DoorkeySecret's.
using System;
using System.Collections.Generic;

namespace Doorkey.PowerShell
{
    internal sealed class SecretStream : IDisposable
    {
        private readonly Queue<SecretResult> ready = new Queue<SecretResult>();
        private readonly DoorkeyCmdlet cmdlet;
        private readonly LongWait wait;
        private Pager<SecretResult> pager;
        private DoorkeyException broken;

        internal SecretStream(DoorkeyCmdlet cmdlet, LongWait wait)
        {
            this.cmdlet = cmdlet;
            this.wait = wait;
        }

        /// <summary>Begins the call. What is wrong with it is wrong with each of the secrets, so it is said when they are asked for.</summary>
        internal void Start(Func<Pager<SecretResult>> start)
        {
            try
            {
                pager = start();
            }
            catch (DoorkeyException exception)
            {
                broken = exception;
            }
        }

        /// <summary>The next result, to be disposed of by the caller. What broke the call is thrown for every secret that is not out yet.</summary>
        internal SecretResult Next()
        {
            if (broken == null && ready.Count == 0)
            {
                Fill();
            }
            if (ready.Count > 0)
            {
                return ready.Dequeue();
            }
            throw broken;
        }

        /// <summary>Ends what is under way: nobody wants it any more.</summary>
        public void Dispose()
        {
            if (pager != null)
            {
                pager.Dispose();
            }
            foreach (SecretResult result in ready)
            {
                result.Dispose();
            }
        }

        private void Fill()
        {
            try
            {
                foreach (SecretResult result in cmdlet.Wait(pager.NextOperation, wait))
                {
                    ready.Enqueue(result);
                }
                broken = ready.Count > 0 ? null : new DoorkeyException(DoorkeyStatus.Internal, "The native library gave fewer results than there were names");
            }
            catch (DoorkeyException exception)
            {
                broken = exception;
            }
        }
    }
}
