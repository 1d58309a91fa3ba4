using Xunit.Sdk;
using Xunit.v3;

// Each test has the machine to itself: what is measured or killed here must not depend on its neighbours.
[assembly: Parallelization(Mode = ParallelMode.None)]
