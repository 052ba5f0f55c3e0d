// Finds and loads the native library, once, before the first P/Invoke: by absolute path, so that no search path decides what is loaded.
// What is wrong with a library that cannot be loaded is told by NativeLibraryException; which one is needed, by NativePlatform.
using System;
using System.Collections.Generic;
using System.ComponentModel;
using System.IO;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Threading;

namespace Doorkey
{
    internal static class NativeLoader
    {
        /// <summary>The ABI that these sources were written for, major and minor. The major must be the library's, the minor at most the library's.</summary>
        internal const int AbiMajor = 0;

        internal const int AbiMinor = 3;

        private static readonly object Gate = new object();
        private static bool ready;
        private static IntPtr module;

        /// <summary>
        /// Must have returned before a method is entered that holds a P/Invoke: Mono binds those when it compiles the method, not when it calls.
        /// A failure is not remembered, so a library that was put in place meanwhile is found by the next call.
        /// </summary>
        internal static void Ensure()
        {
            if (Volatile.Read(ref ready))
            {
                return;
            }
            lock (Gate)
            {
                if (ready)
                {
                    return;
                }
                string path = Find(Folder(), NativePlatform.RuntimeIdentifier());
                if (module == IntPtr.Zero)
                {
                    module = Load(path);
                }
                CheckAbi(path);
                Volatile.Write(ref ready, true);
            }
        }

        /// <summary>Beside the assembly, as the PowerShell module, NuGet and a self-contained publish lay it out.</summary>
        internal static string[] Candidates(string folder, string runtimeIdentifier)
        {
            string file = NativePlatform.FileName(runtimeIdentifier);
            return new[]
            {
                Path.Combine(folder, runtimeIdentifier, file),
                Path.Combine(folder, "runtimes", runtimeIdentifier, "native", file),
                Path.Combine(folder, file)
            };
        }

        /// <summary>The first candidate that is there, looked at before it is loaded.</summary>
        internal static string Find(string folder, string runtimeIdentifier)
        {
            string[] candidates = Candidates(folder, runtimeIdentifier);
            string path = Array.Find(candidates, File.Exists);
            if (path == null)
            {
                throw NativeLibraryException.Missing(candidates, runtimeIdentifier, OthersIn(folder));
            }
            LibraryImage image;
            try
            {
                image = LibraryImage.Read(path);
            }
            catch (Exception exception) when (exception is IOException || exception is UnauthorizedAccessException)
            {
                throw NativeLibraryException.LoadFailed(path, runtimeIdentifier, exception);
            }
            if (image.Format != LibraryImage.ExpectedFormat(runtimeIdentifier) || image.IsTruncated)
            {
                throw NativeLibraryException.Corrupt(path, runtimeIdentifier, image);
            }
            string architecture = runtimeIdentifier.Substring(runtimeIdentifier.LastIndexOf('-') + 1);
            if (!image.Architectures.Contains(architecture))
            {
                throw NativeLibraryException.WrongArchitecture(path, runtimeIdentifier, image);
            }
            return path;
        }

        internal static bool AbiMatches(uint version)
        {
            return version >> 16 == AbiMajor && (version & 0xFFFF) >= AbiMinor;
        }

        private static string Folder()
        {
            // A single-file program and an assembly from memory have no location: their files lie beside the program.
            string location = typeof(NativeLoader).Assembly.Location;
            return string.IsNullOrEmpty(location) ? AppDomain.CurrentDomain.BaseDirectory : Path.GetDirectoryName(Path.GetFullPath(location));
        }

        private static List<string> OthersIn(string folder)
        {
            List<string> others = new List<string>();
            foreach (string system in new[] { "win-*", "linux-*", "osx-*" })
            {
                foreach (string directory in Directory.GetDirectories(folder, system))
                {
                    others.Add(Path.GetFileName(directory));
                }
            }
            return others;
        }

        private static IntPtr Load(string path)
        {
            Type nativeLibrary = typeof(object).Assembly.GetType("System.Runtime.InteropServices.NativeLibrary");
            try
            {
                if (nativeLibrary != null)
                {
                    return LoadWithResolver(nativeLibrary, path);
                }
                return NativePlatform.IsWindows ? Windows.Load(path) : Unix.Load(path);
            }
            catch (Exception exception) when (!(exception is NativeLibraryException))
            {
                TargetInvocationException wrapper = exception as TargetInvocationException;
                throw NativeLibraryException.LoadFailed(path, NativePlatform.RuntimeIdentifier(), wrapper == null ? exception : wrapper.InnerException);
            }
        }

        /// <summary>.NET Core 3 and later: the resolver hands the loaded library to every P/Invoke of this assembly, whatever load context it is in.</summary>
        private static IntPtr LoadWithResolver(Type nativeLibrary, string path)
        {
            object loaded = nativeLibrary.GetMethod("Load", new[] { typeof(string) }).Invoke(null, new object[] { path });
            MethodInfo set = nativeLibrary.GetMethod("SetDllImportResolver");
            MethodInfo resolve = typeof(NativeLoader).GetMethod("Resolve", BindingFlags.NonPublic | BindingFlags.Static);
            Delegate resolver = Delegate.CreateDelegate(set.GetParameters()[1].ParameterType, resolve);
            set.Invoke(null, new object[] { typeof(NativeLoader).Assembly, resolver });
            return (IntPtr)loaded;
        }

        private static IntPtr Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
        {
            return name == NativeMethods.Library ? module : IntPtr.Zero;
        }

        private static void CheckAbi(string path)
        {
            uint version;
            try
            {
                version = AbiVersion();
            }
            catch (EntryPointNotFoundException exception)
            {
                throw NativeLibraryException.LoadFailed(path, NativePlatform.RuntimeIdentifier(), exception);
            }
            catch (DllNotFoundException exception)
            {
                throw NativeLibraryException.LoadFailed(path, NativePlatform.RuntimeIdentifier(), exception);
            }
            if (!AbiMatches(version))
            {
                throw NativeLibraryException.AbiMismatch(path, version);
            }
        }

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static uint AbiVersion()
        {
            return NativeMethods.doorkey_abi_version();
        }

        /// <summary>.NET Framework binds a P/Invoke to a loaded module of the same base name, hence the load by path before it.</summary>
        private static class Windows
        {
            private const uint SearchLibraryFolderAndSystem = 0x1100;

            internal static IntPtr Load(string path)
            {
                IntPtr loaded = LoadLibraryExW(path, IntPtr.Zero, SearchLibraryFolderAndSystem);
                if (loaded == IntPtr.Zero)
                {
                    throw new Win32Exception(Marshal.GetLastWin32Error());
                }
                return loaded;
            }

            [DllImport("kernel32", CharSet = CharSet.Unicode, ExactSpelling = true, SetLastError = true)]
            private static extern IntPtr LoadLibraryExW(string path, IntPtr reserved, uint flags);
        }

        /// <summary>Mono asks the system for "libdoorkey.so"; the system then finds the loaded library by its SONAME, which is exactly that.</summary>
        private static class Unix
        {
            private const int BindNow = 2;

            internal static IntPtr Load(string path)
            {
                byte[] name = Utf8.Argument(path, "path");
                try
                {
                    return Opened(LibDl.dlopen(name, BindNow), LibDl.dlerror);
                }
                catch (DllNotFoundException)
                {
                    return Opened(LibC.dlopen(name, BindNow), LibC.dlerror);
                }
            }

            private static IntPtr Opened(IntPtr loaded, Func<IntPtr> error)
            {
                if (loaded == IntPtr.Zero)
                {
                    throw new InvalidOperationException(Utf8.Read(error()));
                }
                return loaded;
            }

            private static class LibDl
            {
                [DllImport("libdl.so.2", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
                internal static extern IntPtr dlopen(byte[] path, int mode);

                [DllImport("libdl.so.2", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
                internal static extern IntPtr dlerror();
            }

            /// <summary>musl, macOS and a glibc without the old libdl have it in the C library.</summary>
            private static class LibC
            {
                [DllImport("libc", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
                internal static extern IntPtr dlopen(byte[] path, int mode);

                [DllImport("libc", CallingConvention = CallingConvention.Cdecl, ExactSpelling = true)]
                internal static extern IntPtr dlerror();
            }
        }
    }
}
