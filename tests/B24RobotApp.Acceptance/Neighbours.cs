using Xunit.Sdk;
using Xunit.v3;

// Most tests wait for most of their time: three at once still find a processor each.
[assembly: Parallelization(Mode = ParallelMode.Collections, MaxThreads = 3)]

namespace B24RobotApp.Acceptance;

/// <summary>Tests that have the machine to themselves, after all others: what is killed or measured there must not depend on its neighbours.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
