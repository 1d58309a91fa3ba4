using System.Diagnostics.CodeAnalysis;
using System.Runtime.Loader;

/// <summary>
/// What <c>DOTNET_STARTUP_HOOKS</c> names is loaded into a program before its Main. Here it only makes this assembly known by its name, so that <c>ASPNETCORE_HOSTINGSTARTUPASSEMBLIES</c> finds it
/// though it does not lie beside the program. Source: dotnet/runtime, docs/design/features/host-startup-hook.md.
/// </summary>
[SuppressMessage("Design", "CA1050", Justification = "The runtime looks for exactly this name.")]
internal static class StartupHook
{
    public static void Initialize()
    {
        var self = typeof(StartupHook).Assembly;
        AssemblyLoadContext.Default.Resolving += (_, name) => name.Name == self.GetName().Name ? self : null;
    }
}
