// The NuGet package: what `dotnet pack` puts into it, and where, so that NuGet and NativeLoader find the native library.
using System;
using System.Diagnostics;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Reflection;
using Xunit;

namespace Doorkey.Tests
{
    public sealed class PackageTests : IDisposable
    {
        private readonly string folder = Directory.CreateTempSubdirectory("doorkey-package").FullName;

        public void Dispose()
        {
            Directory.Delete(folder, true);
        }

        [Fact]
        public void The_package_holds_both_builds_and_the_native_library_of_this_machine()
        {
            Pack();
            using ZipArchive package = ZipFile.OpenRead(Directory.GetFiles(folder, "*.nupkg").Single());
            string[] files = package.Entries.Select(entry => entry.FullName).ToArray();
            string rid = NativePlatform.RuntimeIdentifier();
            Assert.Contains("lib/net462/Doorkey.Interop.dll", files);
            Assert.Contains("lib/net462/Doorkey.Interop.xml", files);
            Assert.Contains("lib/netstandard2.0/Doorkey.Interop.dll", files);
            Assert.Contains("build/net462/Doorkey.Interop.targets", files);
            Assert.Contains("runtimes/" + rid + "/native/" + NativePlatform.FileName(rid), files);
            Assert.Contains("README.md", files);
            using StreamReader about = new StreamReader(package.GetEntry("Doorkey.Interop.nuspec").Open());
            Assert.DoesNotContain("<dependency ", about.ReadToEnd());
        }

        private void Pack()
        {
            ProcessStartInfo start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
            {
                RedirectStandardOutput = true,
                UseShellExecute = false
            };
            // A build server would outlive the test.
            start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
            foreach (string argument in new[]
            {
                "pack", Path.Combine(Told("RepositoryRoot"), "dotnet", "Doorkey.Interop"), "--configuration", "Release", "--no-restore", "--nologo", "--output", folder,
                "-p:DotnetTarget=" + Told("DotnetTarget"), "-p:DistTarget=" + Told("DistTarget")
            })
            {
                start.ArgumentList.Add(argument);
            }
            using Process process = Process.Start(start);
            string said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, said);
        }

        private static string Told(string name)
        {
            return typeof(PackageTests).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>().Single(told => told.Key == name).Value;
        }
    }
}
