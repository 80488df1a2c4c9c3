<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\key\KeyRepositoryInterface;

/**
 * The keys of model providers that this site lends its sidecar.
 *
 * The keys themselves are kept by the module Key; which provider gets which is
 * configuration. Nobody but the sidecar is given one, by a signed request.
 *
 * @internal
 */
final class ProviderKeys {

  public const string CONFIG = 'background_agents.keys';

  public function __construct(
    private readonly ConfigFactoryInterface $configFactory,
    private readonly ?KeyRepositoryInterface $keys = NULL,
  ) {}

  /**
   * Whether there is a module that keeps keys.
   */
  public function isPossible(): bool {
    return $this->keys !== NULL;
  }

  /**
   * Ids of keys by provider, as they were chosen.
   *
   * @return array<string, string>
   *   Also of keys that are gone.
   */
  public function chosen(): array {
    return array_column((array) $this->configFactory->get(self::CONFIG)->get('providers'), 'key', 'provider');
  }

  /**
   * Keeps which provider gets which key.
   *
   * @param array<string, string> $chosen
   *   Ids of keys by provider.
   */
  public function choose(array $chosen): void {
    $rows = array_map(static fn (string $provider, string $key): array => ['provider' => $provider, 'key' => $key], array_keys($chosen), $chosen);
    $this->configFactory->getEditable(self::CONFIG)->set('providers', array_values($rows))->save();
  }

  /**
   * Names of all keys by their id, for people who choose.
   *
   * @return array<string, string>
   *   By id.
   */
  public function names(): array {
    return array_map(static fn (mixed $name): string => (string) $name, $this->keys?->getKeyNamesAsOptions([]) ?? []);
  }

  /**
   * Providers whose key was chosen and is there.
   *
   * @return string[]
   *   Their ids.
   */
  public function providers(): array {
    return array_values(array_filter(array_keys($this->chosen()), fn (string $provider): bool => $this->value($provider) !== ''));
  }

  /**
   * The keys of some providers.
   *
   * @param string[] $providers
   *   Ids; those without a key are left out of the answer.
   *
   * @return array<string, string>
   *   Keys by provider.
   */
  public function of(array $providers): array {
    $chosen = array_intersect(array_keys($this->chosen()), $providers);
    return array_filter(array_combine($chosen, array_map($this->value(...), $chosen)), static fn (string $key): bool => $key !== '');
  }

  /**
   * The key of a provider; empty: there is none.
   */
  private function value(string $provider): string {
    $value = $this->keys?->getKey($this->chosen()[$provider] ?? '')?->getKeyValue();
    return is_string($value) ? trim($value) : '';
  }

}
