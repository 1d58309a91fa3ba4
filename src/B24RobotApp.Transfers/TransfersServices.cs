using B24RobotApp.Transfers.Audits;
using B24RobotApp.Transfers.CatchUp;
using B24RobotApp.Transfers.Queue;
using B24RobotApp.Transfers.Running;
using B24RobotApp.Transfers.Running.Clients;
using B24RobotApp.Transfers.Running.Products;
using B24RobotApp.Transfers.Running.Writing;
using B24RobotApp.Transfers.Schemas;
using B24RobotApp.Transfers.Schemas.DryRuns;
using B24RobotApp.Transfers.Sendings;
using B24RobotApp.Transfers.Waits;
using B24RobotApp.Transfers.WriteBacks;
using Microsoft.Extensions.DependencyInjection;

namespace B24RobotApp.Transfers;

/// <summary>Adds the transfers' part of the app: inbox, dispatcher and runner. The stores are added by <c>AddStorage</c>.</summary>
public static class TransfersServices
{
    public static IServiceCollection AddTransfers(this IServiceCollection services)
    {
        services.AddSingleton<TransferSignal>();
        services.AddSingleton<TransferInbox>();
        services.AddSingleton<IRobotInbox>(provider => provider.GetRequiredService<TransferInbox>());
        services.AddSingleton<Circuits>();
        services.AddSingleton<ConnectionPauses>();
        services.AddSingleton<Replay>();
        services.AddSingleton<SourcePortals>();
        services.AddSingleton<EsbPortals>();
        services.AddCatchUp();
        services.AddWaits();
        services.AddSingleton<SourceReader>();
        services.AddSingleton<PortalSchemas>();
        services.AddSingleton<EsbUsers>();
        services.AddSingleton<MappingLookupReader>();
        services.AddSingleton<PassOnChain>();
        services.AddSingleton<DealMapping>();
        services.AddSingleton<DryRun>();
        services.AddSingleton<ProfileAssistant>();
        services.AddSingleton<FailedByTable>();
        services.AddSingleton<LinkImport>();
        services.AddClients();
        services.AddSingleton<ProductMatcher>();
        services.AddSingleton<RowPreparation>();
        services.AddSingleton<EsbLookup>();
        services.AddSingleton<EsbRows>();
        services.AddSingleton<EsbWriter>();
        services.AddSingleton<FileSpool>();
        services.AddSingleton<FileCarrier>();
        services.AddSingleton<TransferReporter>();
        services.AddSingleton<TransferRunner>();
        services.AddSingleton<LivingWorkflows>();
        services.AddSingleton<IAnswerLedger>(provider => provider.GetRequiredService<TransferStore>());
        services.AddSingleton<AnswerConfirmation>();
        services.AddHostedService<AnswerConfirmer>();
        services.AddHostedService<TransferDispatcher>();
        services.AddSingleton<ExistingDeals>();
        services.AddHostedService<SendingWorker>();
        services.AddSingleton<EsbAudit>();
        services.AddHostedService<AuditWorker>();
        return services;
    }

    private static void AddWaits(this IServiceCollection services)
    {
        services.AddSingleton<IRobotInbox, WaitInbox>();
        services.AddSingleton<IAnswerLedger>(provider => provider.GetRequiredService<WaitStore>());
        services.AddSingleton<WaitSignal>();
        services.AddSingleton<EsbHints>();
        services.AddSingleton<EsbFollowing>();
        services.AddSingleton<EsbLooks>();
        services.AddSingleton<WaitSeeker>();
        services.AddSingleton<WaitEnding>();
        services.AddSingleton<WaitUpkeep>();
        services.AddSingleton<WaitReporter>();
        services.AddHostedService<WaitWorker>();
        services.AddHostedService<EsbWatcher>();
    }

    private static void AddCatchUp(this IServiceCollection services)
    {
        services.AddSingleton<TemplateLearner>();
        services.AddSingleton<PortalTraces>();
        services.AddSingleton<EsbHoldings>();
        services.AddSingleton<CatchUpSearch>();
        services.AddSingleton<CatchUpSender>();
        services.AddSingleton<StuckWorkflows>();
        services.AddHostedService<CatchUpWorker>();
    }

    private static void AddClients(this IServiceCollection services)
    {
        services.AddSingleton<ClientLookup>();
        services.AddSingleton<ClientCreation>();
        services.AddSingleton<ClientUpdate>();
        services.AddSingleton<ClientDetails>();
        services.AddSingleton<ClientMatcher>();
    }
}
