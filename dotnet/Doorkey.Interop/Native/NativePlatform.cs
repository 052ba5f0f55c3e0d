// Which native library this process needs: its operating system, its architecture and, on Linux, its C library, as a runtime identifier.
// Always the process, never the machine: a 32-bit PowerShell on 64-bit Windows and a glibc program on a machine that also has musl are common.
using System;
using System.IO;
using System.Reflection;

namespace Doorkey
{
    internal static class NativePlatform
    {
        internal static bool IsWindows
        {
            get { return Environment.OSVersion.Platform == PlatformID.Win32NT; }
        }

        internal static bool IsMono
        {
            get { return Type.GetType("Mono.Runtime") != null; }
        }

        /// <summary>The file that every Apple system has and no other; .NET and Mono both say only "Unix".</summary>
        private static bool IsMacOS
        {
            get { return !IsWindows && File.Exists("/System/Library/CoreServices/SystemVersion.plist"); }
        }

        internal static string RuntimeIdentifier()
        {
            string system = IsWindows ? "win" : IsMacOS ? "osx" : IsMusl(MemoryMap()) ? "linux-musl" : "linux";
            return system + "-" + Architecture();
        }

        internal static string FileName(string runtimeIdentifier)
        {
            if (runtimeIdentifier.StartsWith("win-", StringComparison.Ordinal))
            {
                return "doorkey.dll";
            }
            return runtimeIdentifier.StartsWith("osx-", StringComparison.Ordinal) ? "libdoorkey.dylib" : "libdoorkey.so";
        }

        /// <summary>"x64", "x86", "arm64" or what else the run time calls it.</summary>
        internal static string Architecture()
        {
            // Not in the 4.6.2 reference assemblies, so by reflection; every .NET that runs on arm64 has it.
            Type information = typeof(object).Assembly.GetType("System.Runtime.InteropServices.RuntimeInformation");
            PropertyInfo property = information == null ? null : information.GetProperty("ProcessArchitecture", BindingFlags.Public | BindingFlags.Static);
            if (property != null)
            {
                return property.GetValue(null, null).ToString().ToLowerInvariant();
            }
            return IntPtr.Size == 8 ? "x64" : "x86";
        }

        /// <summary>Whether the process runs on musl: its dynamic loader is then mapped under musl's name.</summary>
        internal static bool IsMusl(string memoryMap)
        {
            return memoryMap.IndexOf("/ld-musl-", StringComparison.Ordinal) >= 0;
        }

        private static string MemoryMap()
        {
            try
            {
                return File.ReadAllText("/proc/self/maps");
            }
            catch (IOException)
            {
                return "";
            }
            catch (UnauthorizedAccessException)
            {
                return "";
            }
        }
    }
}
