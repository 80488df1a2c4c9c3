<?php

declare(strict_types=1);

namespace Drupal\background_agents\Hook;

use Drupal\background_agents\Entity\Agent;
use Drupal\background_agents\Sidecar\OfferedModels;
use Drupal\background_agents\Sidecar\OfferedProvider;
use Drupal\background_agents\Sidecar\ProviderHealth;
use Drupal\background_agents\Sidecar\ProviderKeys;
use Drupal\background_agents\Ui\ModelText;
use Drupal\background_agents\Ui\Requirement;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Extension\Requirement\RequirementSeverity;
use Drupal\Core\Hook\Attribute\Hook;
use Drupal\Core\StringTranslation\StringTranslationTrait;

/**
 * The status report: how each provider of models answers.
 *
 * @internal
 */
final class ProviderRequirementsHooks {

  use StringTranslationTrait;

  public function __construct(
    private readonly OfferedModels $offered,
    private readonly ModelText $text,
    private readonly ProviderKeys $keys,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * Implements hook_runtime_requirements().
   */
  #[Hook('runtime_requirements')]
  public function runtime(): array {
    $used = $this->used();
    $entries = [];
    foreach ($this->offered->providers() as $id => $provider) {
      // Without a key, and asked for by nobody, it is none of this site's.
      if ($provider->health !== ProviderHealth::KeyMissing || isset($used[$id])) {
        $entries['provider_' . $id] = $this->provider($provider, isset($used[$id]));
      }
    }
    return Requirement::prefixed($entries + ['keys' => $this->lost()]);
  }

  /**
   * One provider: an error when an agent needs it, else a warning.
   */
  private function provider(OfferedProvider $provider, bool $isUsed): array {
    $title = $this->t('Background agents: models of @provider', ['@provider' => $provider->label]);
    $since = $this->text->since($provider);
    $value = $since === NULL ? $this->text->state($provider) : $this->t('@state, @since', [
      '@state' => $this->text->state($provider),
      '@since' => $since,
    ]);
    $severity = match (TRUE) {
      $provider->health === ProviderHealth::Unknown => RequirementSeverity::Info,
      $provider->health->mayWork() => RequirementSeverity::OK,
      $isUsed => RequirementSeverity::Error,
      default => RequirementSeverity::Warning,
    };
    $told = [$this->source($provider)];
    if (!$provider->health->mayWork()) {
      $told[] = $provider->detail;
      $told[] = (string) $this->text->advice($provider);
      $told[] = $isUsed ? (string) $this->t('Runs of agents with its models fail, or wait.') : '';
    }
    return Requirement::entry($title, $value, $severity, ['#plain_text' => implode(' ', array_filter($told))]);
  }

  /**
   * Where its key comes from; empty: that is not worth a word.
   */
  private function source(OfferedProvider $provider): string {
    return (string) match (TRUE) {
      $provider->key === 'site' => $this->t('Its key is one of this site.'),
      $provider->key === 'settings' && isset($this->keys->chosen()[$provider->id]) => $this->t('Its key is that of the settings of the sidecar; the one that was chosen here is not used.'),
      default => '',
    };
  }

  /**
   * Keys that were chosen and are not there.
   */
  private function lost(): ?array {
    $lost = array_diff(array_keys($this->keys->chosen()), $this->keys->providers());
    return $lost === [] ? NULL : Requirement::entry(
      $this->t('Background agents: keys of model providers'),
      $this->t('Missing for @providers', ['@providers' => implode(', ', $lost)]),
      RequirementSeverity::Error,
      $this->t('A key was chosen that is empty or gone, or the module that keeps keys is not installed. Choose another one in the settings of background agents.'),
    );
  }

  /**
   * Providers that active agents name, as keys.
   *
   * @return array<string, true>
   *   By id.
   */
  private function used(): array {
    $used = [];
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadByProperties(['status' => TRUE]) as $agent) {
      assert($agent instanceof Agent);
      foreach ([$agent->getModel(), (string) ($agent->getBinding()['fallback_model'] ?? '')] as $model) {
        $used[explode(':', $model, 2)[0]] = TRUE;
      }
    }
    return $used;
  }

}
