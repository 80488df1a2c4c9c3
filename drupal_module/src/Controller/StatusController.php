<?php

declare(strict_types=1);

namespace Drupal\background_agents\Controller;

use Drupal\background_agents\Agent\AgentAccounts;
use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Http\SignedRequests;
use Drupal\background_agents\Run\RunStore;
use Drupal\background_agents\Sidecar\Outbox;
use Drupal\background_agents\Sidecar\SidecarFindings;
use Drupal\background_agents\Sidecar\SiteAddresses;
use Drupal\background_agents\Sidecar\SiteChecks;
use Drupal\background_agents\Sidecar\SiteIdentity;
use Drupal\background_agents\StopSwitch;
use Drupal\background_agents\Trigger\TriggerLog;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\DependencyInjection\ContainerInjectionInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\ModuleExtensionList;
use Drupal\Core\Site\Settings;
use Drupal\Core\State\StateInterface;
use Symfony\Component\HttpFoundation\Request;

/**
 * POST status: what the sidecar's doctor asks the site.
 *
 * @internal
 */
final class StatusController implements ContainerInjectionInterface {

  use AutowireTrait;

  public function __construct(
    private readonly SignedRequests $signed,
    private readonly SiteIdentity $identity,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    private readonly ModuleExtensionList $modules,
    private readonly StateInterface $state,
    private readonly StopSwitch $stopSwitch,
    private readonly AgentAccounts $accounts,
    private readonly RunStore $runs,
    private readonly Outbox $outbox,
    private readonly TriggerLog $triggers,
    private readonly Settings $settings,
    private readonly SiteChecks $checks,
    private readonly SidecarFindings $findings,
    private readonly SiteAddresses $addresses,
  ) {}

  /**
   * Keeps what the sidecar found, where it says so, and answers the rest.
   */
  public function status(Request $request): Answer {
    $document = $this->signed->document($request);
    if (is_array($document->findings ?? NULL)) {
      $this->findings->store($document->findings);
    }
    $settings = $this->configFactory->get('background_agents.settings');
    return new Answer($this->identity->document() + [
      'module' => $this->modules->getExtensionInfo('background_agents')['version'] ?? 'dev',
      'core' => \Drupal::VERSION,
      'transport' => $settings->get('transport'),
      'jsonapi_read_only' => (bool) $this->configFactory->get('jsonapi.settings')->get('read_only'),
      'stopped' => $this->stopSwitch->isStopped(),
      'maintenance' => (bool) $this->state->get('system.maintenance_mode'),
      'agents' => array_values(array_map($this->agent(...), $this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple())),
      'counts' => $this->runs->countByState() + [
        'outbox' => $this->outbox->count(),
        'triggers' => $this->triggers->count(),
      ],
      'checks' => $this->checks->all(),
      'addresses' => $this->addresses->document(),
      'samples' => $this->addresses->samples(),
      'private_path' => (string) $this->settings->get('file_private_path') !== '',
    ]);
  }

  private function agent(Agent $agent): array {
    $account = $this->accounts->accountOf($agent);
    return [
      'id' => $agent->id(),
      'label' => (string) $agent->label(),
      'status' => $agent->status(),
      'model' => $agent->getModel(),
      // Names of secrets at the most: the doctor looks whether it has them.
      'mcp_servers' => array_map(
        static fn (array $server): array => array_intersect_key($server, [
          'name' => TRUE,
          'url' => TRUE,
          'secret' => TRUE,
        ]),
        $agent->toSnapshot()['binding']['mcp_servers'],
      ),
      'account' => $account?->getAccountName(),
      'active' => $account?->isActive() ?? FALSE,
      'missing' => $this->accounts->validate($agent),
    ];
  }

}
