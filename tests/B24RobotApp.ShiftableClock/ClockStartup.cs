using B24RobotApp.ShiftableClock;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

[assembly: HostingStartup(typeof(ClockStartup))]

namespace B24RobotApp.ShiftableClock;

/// <summary>Registers the clock before the app registers the system's, which then stands back.</summary>
public sealed class ClockStartup : IHostingStartup
{
    public void Configure(IWebHostBuilder builder) => builder.ConfigureServices(services => services.AddSingleton<TimeProvider>(
        new SharedClock(Environment.GetEnvironmentVariable(SharedClock.FileVariable) ?? throw new InvalidOperationException($"{SharedClock.FileVariable} is not set."))));
}
