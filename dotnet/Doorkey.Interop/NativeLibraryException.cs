// What can be wrong with the native library itself, each with a sentence that says what was found, what is needed and what to do.
// Finding and loading it is NativeLoader's business.
using System;
using System.Collections.Generic;

namespace Doorkey
{
    /// <summary>What is wrong with the native library.</summary>
    public enum NativeLibraryProblem
    {
        /// <summary>There is no file for this process in any of the places where it may lie.</summary>
        Missing = 0,

        /// <summary>The file is not a library for this operating system, or only a part of one.</summary>
        Corrupt = 1,

        /// <summary>The file was built for another processor architecture than this process has.</summary>
        WrongArchitecture = 2,

        /// <summary>The file looks right, and the operating system refuses to load it.</summary>
        LoadFailed = 3,

        /// <summary>The library was loaded and is of another version than this assembly needs.</summary>
        AbiMismatch = 4
    }

    /// <summary>The native library is missing, cannot be loaded, or does not fit this assembly. Nothing was asked of any service.</summary>
    public sealed class NativeLibraryException : DoorkeyException
    {
        private NativeLibraryException(NativeLibraryProblem problem, string path, string message, string advice, Exception cause)
            : base(DoorkeyStatus.Unsupported, message, advice, cause)
        {
            Problem = problem;
            LibraryPath = path;
        }

        /// <summary>What is wrong.</summary>
        public NativeLibraryProblem Problem { get; private set; }

        /// <summary>The file that was tried; when there was none, where it should lie.</summary>
        public string LibraryPath { get; private set; }

        internal static NativeLibraryException Missing(string[] candidates, string runtimeIdentifier, List<string> others)
        {
            string found = others.Count == 0 ? "" : "; this installation holds " + string.Join(", ", others.ToArray()) + " only";
            return new NativeLibraryException(NativeLibraryProblem.Missing, candidates[0],
                "The native library for this process (" + runtimeIdentifier + ") is missing. Looked for " + string.Join(" and ", candidates) + found + ".",
                "Install Doorkey again, whole: the folder " + runtimeIdentifier + " belongs beside Doorkey.Interop.dll.", null);
        }

        internal static NativeLibraryException Corrupt(string path, string runtimeIdentifier, LibraryImage image)
        {
            string what = image.IsTruncated ? "is cut off: it ends before its own headers say" : image.Format == LibraryFormat.Unknown
                ? "is not a library at all" : "is a library for another operating system (" + image.Format + ")";
            return new NativeLibraryException(NativeLibraryProblem.Corrupt, path,
                "The native library " + path + " is damaged: the file " + what + ". This process needs one for " + runtimeIdentifier + ".",
                "Install Doorkey again; a download or a copy may have broken off.", null);
        }

        internal static NativeLibraryException WrongArchitecture(string path, string runtimeIdentifier, LibraryImage image)
        {
            return new NativeLibraryException(NativeLibraryProblem.WrongArchitecture, path,
                "The native library " + path + " is built for " + string.Join(" and ", new List<string>(image.Architectures).ToArray())
                + ", and this process needs " + runtimeIdentifier + ".",
                "Install Doorkey again, or start a " + string.Join(" or ", new List<string>(image.Architectures).ToArray()) + " process.", null);
        }

        internal static NativeLibraryException LoadFailed(string path, string runtimeIdentifier, Exception cause)
        {
            return new NativeLibraryException(NativeLibraryProblem.LoadFailed, path,
                "The native library " + path + " could not be loaded into this process (" + runtimeIdentifier + "): " + OneLine(cause.Message),
                "Check that the file may be read and executed, that nothing blocks it, and that it is of the same version as Doorkey.Interop.dll.", cause);
        }

        internal static NativeLibraryException AbiMismatch(string path, uint version)
        {
            return new NativeLibraryException(NativeLibraryProblem.AbiMismatch, path,
                "The native library has ABI " + (version >> 16) + "." + (version & 0xFFFF) + ", and Doorkey.Interop.dll needs "
                + NativeLoader.AbiMajor + "." + NativeLoader.AbiMinor + " (tried: " + path + ").",
                "Start a new session: this one may have loaded another version of Doorkey earlier. If that does not help, install Doorkey again.", null);
        }

        /// <summary>.NET lists every try of the system's loader on a line of its own.</summary>
        private static string OneLine(string message)
        {
            return string.Join(" ", message.Split(new[] { '\r', '\n' }, StringSplitOptions.RemoveEmptyEntries));
        }
    }
}
