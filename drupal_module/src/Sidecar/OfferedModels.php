<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Contract\Json;
use Drupal\Component\Datetime\TimeInterface;
use Drupal\Core\KeyValueStore\KeyValueFactoryInterface;

/**
 * Which models the sidecar can serve, as it told last.
 *
 * The sidecar puts together what its workers know, and tells it again only when
 * it has changed: how old it is says the last report, whatever that held.
 *
 * @internal
 */
final class OfferedModels {

  /**
   * The collection of key-value pairs. No state: that is loaded on each page.
   */
  public const string COLLECTION = 'background_agents_models';

  /**
   * A sidecar that runs reports once a minute at least; seconds.
   */
  private const int SILENT = 300;

  /**
   * What is kept, once it was read: lists ask for each of their rows.
   *
   * @var array{version?: string, document?: string}|null
   */
  private ?array $kept = NULL;

  public function __construct(
    private readonly KeyValueFactoryInterface $keyValue,
    private readonly ContactLog $contacts,
    private readonly TimeInterface $time,
  ) {}

  /**
   * Keeps what the sidecar told, in place of what it told before.
   *
   * @param \stdClass $told
   *   The `models` of a batch whose shape was checked.
   */
  public function store(\stdClass $told): void {
    $this->kept = ['document' => Json::encode($told->providers), 'version' => $told->version];
    $this->keyValue->get(self::COLLECTION)->setMultiple($this->kept);
  }

  /**
   * The version of what is kept; empty: nothing is.
   */
  public function version(): string {
    return $this->kept()['version'] ?? '';
  }

  /**
   * All providers by their id; empty: the sidecar told nothing yet.
   *
   * @return array<string, \Drupal\background_agents\Sidecar\OfferedProvider>
   *   By id.
   */
  public function providers(): array {
    $providers = [];
    foreach (json_decode($this->kept()['document'] ?? '[]', FALSE, 16, JSON_THROW_ON_ERROR) as $told) {
      $providers[$told->id] = OfferedProvider::of($told);
    }
    return $providers;
  }

  /**
   * All models that are known by name; those that work come first.
   *
   * @return \Drupal\background_agents\Sidecar\OfferedModel[]
   *   Within that, by provider and name.
   */
  public function models(): array {
    $models = [];
    foreach ($this->providers() as $provider) {
      foreach ($provider->models as $name) {
        $models[] = new OfferedModel($provider->id . ':' . $name, $name, $provider);
      }
    }
    $rank = static fn (OfferedModel $model): int => match ($model->provider->health) {
      ProviderHealth::Works => 0,
      ProviderHealth::Unknown => 1,
      default => 2,
    };
    usort($models, static fn (OfferedModel $one, OfferedModel $other): int => $rank($one) <=> $rank($other) ?: $one->id <=> $other->id);
    return $models;
  }

  /**
   * When the sidecar was last known to offer this; NULL: it told nothing yet.
   */
  public function time(): ?int {
    return $this->version() === '' ? NULL : $this->contacts->of(ContactLog::EVENTS)->taken;
  }

  /**
   * Whether the sidecar has been silent since, so that nothing of it may hold.
   */
  public function isStale(): bool {
    return $this->time() === NULL || $this->time() < $this->time->getCurrentTime() - self::SILENT;
  }

  /**
   * Reads what is kept, once.
   *
   * @return array{version?: string, document?: string}
   */
  private function kept(): array {
    return $this->kept ??= $this->keyValue->get(self::COLLECTION)->getMultiple(['document', 'version']);
  }

}
