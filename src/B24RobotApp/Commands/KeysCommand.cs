using System.CommandLine;
using B24RobotApp.Transfers.Storage;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.Extensions.Options;

namespace B24RobotApp.Commands;

/// <summary><c>b24robot keys</c>: the ring of keys that closes stored secrets: list it, add a key, and close everything with the key of today. The server may run.</summary>
internal static class KeysCommand
{
    /// <summary>A running server reads the ring once a day; before it has, nothing may be closed with a new key.</summary>
    private static readonly TimeSpan InUseAfter = TimeSpan.FromDays(2);

    public static Command Create()
    {
        var command = new Command("keys", "The key ring that closes stored secrets.");
        command.Add(CreateList());
        command.Add(CreateNew());
        command.Add(CreateRenew());
        return command;
    }

    private static Command CreateList() => CommandHost.Create("list", "List the keys, newest first. None of them is shown.", context =>
    {
        var now = context.Get<TimeProvider>().GetUtcNow();
        var keys = context.Get<IKeyManager>().GetAllKeys().OrderByDescending(key => key.ActivationDate)
            .Select(key => new { Id = key.KeyId, Created = key.CreationDate, ActiveFrom = key.ActivationDate, ReplacedAfter = key.ExpirationDate, IsActive = key.ActivationDate <= now && key.ExpirationDate > now }).ToList();
        context.Output.WriteTable(
            keys,
            ["KEY", "CREATED", "IN USE FROM", "REPLACED AFTER"],
            [.. keys.Select(key => new[] { $"{key.Id}", $"{key.Created:yyyy-MM-dd}", $"{key.ActiveFrom:yyyy-MM-dd HH:mm}", $"{key.ReplacedAfter:yyyy-MM-dd}" })]);
        return Task.FromResult(ExitCodes.Done);
    });

    private static Command CreateNew() => CommandHost.Create(
        "new",
        "Add a key, before its time. It is used from two days later on, when every running server has read it.",
        context =>
        {
            var from = context.Get<TimeProvider>().GetUtcNow() + InUseAfter;
            var key = context.Get<IKeyManager>().CreateNewKey(from, from + context.Get<IOptions<KeyManagementOptions>>().Value.NewKeyLifetime);
            context.Output.Write(new { Key = key.KeyId, InUseFrom = from }, [$"Key {key.KeyId} is used from {from:yyyy-MM-dd HH:mm} UTC on. Run b24robot keys renew then: it closes with it what older keys have closed."]);
            return Task.FromResult(ExitCodes.Done);
        },
        CommandAccess.Beside);

    private static Command CreateRenew() => CommandHost.Create(
        "renew",
        "Close all stored secrets (tokens, client secrets, webhooks) with the key of today. Older keys, and the certificate that closes them, are not needed any more then.",
        async context =>
        {
            var renewed = await context.Get<KeyRenewal>().RunAsync(context.CancellationToken);
            if (renewed.Unreadable > 0)
            {
                return context.Refuse(
                    $"{renewed.Renewed} secrets are closed with the key of today, but {renewed.Unreadable} cannot be opened and stay as they were: their key, or its certificate, is not there. Bring it back, or connect those portals and ESBs anew.");
            }

            context.Output.Write(
                renewed, renewed.Key is { } key ? [$"{renewed.Renewed} secrets are closed with key {key}. Older keys in the folder of keys are needed for backups made before only."] : ["There is nothing secret in the database yet."]);
            return ExitCodes.Done;
        },
        CommandAccess.Beside);
}
