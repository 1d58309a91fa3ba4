using System.Collections.Concurrent;
using System.Net;
using System.Reflection;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace B24RobotApp.Browser.Staging;

/// <summary>An application whose page holds the official SDK and nothing else, on a site of its own. It writes down how its frames were loaded.</summary>
public sealed class HostedApp : IAsyncDisposable
{
    private readonly WebApplication _application;
    private readonly ConcurrentQueue<LoadedFrame> _frames = new();

    private HostedApp(WebApplication application)
    {
        _application = application;
        Url = new Uri("http://127.0.0.1/");
    }

    /// <summary>Another site than the portals'; browsers know every name under localhost.</summary>
    public Uri Url { get; private set; }

    /// <summary>The forms that loaded its frames, oldest first.</summary>
    public IReadOnlyCollection<LoadedFrame> Frames => _frames;

    public static async Task<HostedApp> StartAsync()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        var application = builder.Build();
        var app = new HostedApp(application);
        application.Run(app.AnswerAsync);
        await application.StartAsync();
        var address = application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        app.Url = new UriBuilder(address) { Host = "host.localhost" }.Uri;
        return app;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();

    private async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        switch (context.Request.Path.Value)
        {
            case "/sdk.js":
                response.ContentType = "text/javascript; charset=utf-8";
                await response.SendFileAsync(BuiltApp.Sdk);
                break;
            case "/host.js":
                response.ContentType = "text/javascript; charset=utf-8";
                await response.WriteAsync(Read("host.js"));
                break;
            default:
                if (HttpMethods.IsPost(context.Request.Method))
                {
                    var form = await context.Request.ReadFormAsync();
                    _frames.Enqueue(new LoadedFrame(
                        context.Request.Path,
                        context.Request.Query.ToDictionary(field => field.Key, field => field.Value.ToString()),
                        form.ToDictionary(field => field.Key, field => field.Value.ToString())));
                }
                response.ContentType = "text/html; charset=utf-8";
                await response.WriteAsync(Read("host.html"));
                break;
        }
    }

    private static string Read(string file)
    {
        using var reader = new StreamReader(Assembly.GetExecutingAssembly().GetManifestResourceStream(file)!); // embedded by the project file
        return reader.ReadToEnd();
    }
}

/// <summary>The form by which a portal loaded a frame.</summary>
public sealed record LoadedFrame(string Path, IReadOnlyDictionary<string, string> Query, IReadOnlyDictionary<string, string> Fields);
