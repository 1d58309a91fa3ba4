using System.Diagnostics;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace B24RobotApp.Sandbox.Tests.Sdk;

/// <summary>A script of the folder <c>JsSdk</c>, run by Node.js: Bitrix24's own JavaScript SDK calls the sandbox and tells what it saw.</summary>
internal static class SdkScript
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>What the script saw, by name, in the order of its lines.</summary>
    public static async Task<IReadOnlyDictionary<string, JsonNode?>> RunAsync(string script, JsonObject settings)
    {
        var folder = Folder();
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules", "@bitrix24")), "The SDK is not installed: run \"npm ci\" in tests/B24RobotApp.Sandbox.Tests/JsSdk.");
        var start = new ProcessStartInfo("node", [script])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        // The SDK's HTTP client would send loopback requests to the machine's proxy.
        start.Environment["NO_PROXY"] = "127.0.0.1";

        using var node = Process.Start(start)!;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            await node.StandardInput.WriteAsync(settings.ToJsonString().AsMemory(), patience.Token);
            node.StandardInput.Close();
            var errors = node.StandardError.ReadToEndAsync(patience.Token);
            var output = await node.StandardOutput.ReadToEndAsync(patience.Token);
            await node.WaitForExitAsync(patience.Token);
            Assert.True(node.ExitCode == 0, $"{script} ended with {node.ExitCode}.\n{output}\n{await errors}");
            return Read(output);
        }
        finally
        {
            if (!node.HasExited)
            {
                node.Kill();
            }
        }
    }

    private static Dictionary<string, JsonNode?> Read(string output)
    {
        var seen = new Dictionary<string, JsonNode?>();
        foreach (var line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Where(line => line.StartsWith('{')))
        {
            var said = JsonSerializer.Deserialize<JsonObject>(line)!;
            seen.Add(said["saw"]!.GetValue<string>(), said["value"]?.DeepClone());
        }
        return seen;
    }

    /// <summary>The scripts stay where they are: the SDK lies beside them.</summary>
    private static string Folder()
    {
        var directory = new DirectoryInfo(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "B24RobotApp.sln")))
        {
            directory = directory.Parent;
        }
        return Path.Combine(directory!.FullName, "tests", "B24RobotApp.Sandbox.Tests", "JsSdk");
    }
}
