// What people see of work that lasts: nothing in its first second, since progress costs more than short work does, then a progress record.
// Waiting itself is DoorkeyCmdlet's; how much is done is told by the cmdlet.
using System;
using System.Diagnostics;
using System.Management.Automation;

namespace Doorkey.PowerShell
{
    internal sealed class LongWait : IDisposable
    {
        private const int QuietMs = 1000;

        private readonly Stopwatch watch = Stopwatch.StartNew();
        private readonly DoorkeyCmdlet cmdlet;
        private readonly string activity;
        private readonly int total;
        private bool isShown;

        /// <summary>Begins to count.</summary>
        /// <param name="cmdlet">Whose progress it is.</param>
        /// <param name="activity">What is being done. Names only.</param>
        /// <param name="total">Of how many; 0 when nobody knows.</param>
        internal LongWait(DoorkeyCmdlet cmdlet, string activity, int total = 0)
        {
            this.cmdlet = cmdlet;
            this.activity = activity;
            this.total = total;
        }

        /// <summary>How much of it is done.</summary>
        internal int Done { get; set; }

        /// <summary>How much is left of the time in which nothing is shown.</summary>
        internal int QuietLeftMs
        {
            get { return (int)Math.Max(0, QuietMs - watch.ElapsedMilliseconds); }
        }

        internal void Show()
        {
            isShown = true;
            cmdlet.WriteProgress(Record(ProgressRecordType.Processing));
        }

        /// <summary>Before anything that may end the pipeline: afterwards nothing can be written any more, and a bar would stay on the screen.</summary>
        internal void Hide()
        {
            if (isShown && !cmdlet.Stopping)
            {
                isShown = false;
                cmdlet.WriteProgress(Record(ProgressRecordType.Completed));
            }
        }

        public void Dispose()
        {
            Hide();
        }

        private ProgressRecord Record(ProgressRecordType type)
        {
            string status = total > 0 ? Done + " of " + total : Done > 0 ? Done + " so far" : "waiting";
            return new ProgressRecord(0, activity, status) { RecordType = type, PercentComplete = total > 0 ? 100 * Done / total : -1 };
        }
    }
}
