using B24RobotApp.Sandbox.Demo;
using Xunit;

[assembly: AssemblyFixture(typeof(B24RobotApp.Transfers.Tests.Storage.PostgresEnd))]

namespace B24RobotApp.Transfers.Tests.Storage;

/// <summary>Ends the PostgreSQL that the tests have started, when the last of them is over.</summary>
public sealed class PostgresEnd : IDisposable
{
    public void Dispose() => PostgresServer.StopShared();
}
