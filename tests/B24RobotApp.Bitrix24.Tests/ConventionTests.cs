using System.Reflection;
using System.Runtime.CompilerServices;
using B24RobotApp.Bitrix24.Calls;
using B24RobotApp.Bitrix24.Values;

namespace B24RobotApp.Bitrix24.Tests;

/// <summary>The house rules of the protocol's library.</summary>
public sealed class ConventionTests
{
    private const BindingFlags Declared = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    private static readonly Type[] Types = [.. typeof(PortalClient).Assembly.GetTypes().Where(IsOurs)];

    [Fact]
    public void Classes_are_sealed_static_or_abstract() =>
        Assert.DoesNotContain(Types, type => type is { IsClass: true, IsSealed: false, IsAbstract: false });

    [Fact]
    public void Methods_that_return_a_task_end_in_Async_and_no_others_do()
    {
        var wrong = Methods()
            .Where(method => IsTask(method.ReturnType) != method.Name.EndsWith("Async", StringComparison.Ordinal) && !IsInherited(method))
            .Select(Name);

        Assert.Empty(wrong);
    }

    [Fact]
    public void Public_methods_that_return_a_task_take_a_cancellation_token_last_and_without_a_default()
    {
        var wrong = Methods()
            .Where(method => method is { IsPublic: true, DeclaringType.IsVisible: true } && IsTask(method.ReturnType))
            .Where(method => method.GetParameters() is not [.., { ParameterType: var last, HasDefaultValue: false }] || last != typeof(CancellationToken))
            .Select(Name);

        Assert.Empty(wrong);
    }

    [Fact]
    public void No_method_is_async_void() =>
        Assert.DoesNotContain(Methods(), method => method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)));

    [Fact]
    public void Every_secret_prints_three_asterisks()
    {
        var secrets = Types.Where(type => type is { IsAbstract: false } && type.IsSubclassOf(typeof(Secret))).ToList();

        Assert.Contains(typeof(AccessToken), secrets);
        Assert.Contains(typeof(WebhookUrl), secrets);
        Assert.All(secrets, type => Assert.Equal("***", Make(type).ToString()));
        Assert.All(secrets, type => Assert.Equal("***", $"{Make(type)}"));
    }

    [Fact]
    public void No_record_of_a_secret_prints_it()
    {
        var credentials = new ApplicationCredentials("local.1", new ClientSecret("hidden"));

        Assert.DoesNotContain("hidden", credentials.ToString(), StringComparison.Ordinal);
    }

    private static Secret Make(Type type)
    {
        if (type == typeof(WebhookUrl))
        {
            return WebhookUrl.TryParse("https://esb.bitrix24.test/rest/1/hidden/", allowHttp: false, out var url, out var problem) ? url : throw new InvalidOperationException(problem);
        }

        return (Secret)Activator.CreateInstance(type, "hidden")!;
    }

    private static bool IsOurs(Type type) =>
        type.Namespace?.StartsWith("B24RobotApp", StringComparison.Ordinal) == true
        && !type.IsDefined(typeof(CompilerGeneratedAttribute)) && type.DeclaringType?.IsDefined(typeof(CompilerGeneratedAttribute)) != true;

    private static IEnumerable<MethodInfo> Methods() =>
        Types.SelectMany(type => type.GetMethods(Declared)).Where(method => !method.IsSpecialName && !method.Name.Contains('<', StringComparison.Ordinal));

    // What is overridden or implemented was named by others.
    private static bool IsInherited(MethodInfo method) => method.GetBaseDefinition().DeclaringType != method.DeclaringType;

    private static bool IsTask(Type type) =>
        typeof(Task).IsAssignableFrom(type) || type == typeof(ValueTask) || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(ValueTask<>));

    private static string Name(MethodInfo method) => $"{method.DeclaringType}.{method.Name}";
}
