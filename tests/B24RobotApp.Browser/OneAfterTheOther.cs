using B24RobotApp.Browser.Staging;
using Xunit.Sdk;
using Xunit.v3;

// Each test has the machine to itself: a browser, a sandbox and the app share its few cores.
[assembly: Parallelization(Mode = ParallelMode.None)]
[assembly: AssemblyFixture(typeof(Chromium))]
