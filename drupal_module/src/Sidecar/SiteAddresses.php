<?php

declare(strict_types=1);

namespace Drupal\background_agents\Sidecar;

use Drupal\background_agents\Entity\Agent;
use Drupal\Core\Entity\ContentEntityTypeInterface;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Drupal\Core\Language\LanguageInterface;
use Drupal\Core\Language\LanguageManagerInterface;
use Drupal\Core\PathProcessor\OutboundPathProcessorInterface;
use Symfony\Component\DependencyInjection\Attribute\Autowire;
use Symfony\Component\HttpFoundation\Request;

/**
 * Where JSON:API is, for each language of the site.
 *
 * Nobody else knows: its path is a setting of the container, a language's
 * prefix need not be its code, and a language may have a domain of its own.
 *
 * @internal
 */
final class SiteAddresses {

  /**
   * No site has this host, so a language's domain is always told.
   */
  private const string NOWHERE = 'http://background-agents.invalid/';

  public function __construct(
    #[Autowire(service: 'path_processor_manager')]
    private readonly OutboundPathProcessorInterface $paths,
    private readonly LanguageManagerInterface $languageManager,
    private readonly EntityTypeManagerInterface $entityTypeManager,
    #[Autowire(param: 'jsonapi.base_path')]
    private readonly string $basePath,
  ) {}

  /**
   * The `addresses` of the contract `job`.
   *
   * @return array{jsonapi: string, languages: array<string, array{path: string, host?: string}>}
   */
  public function document(): array {
    return [
      'jsonapi' => $this->basePath,
      'languages' => array_map($this->addressIn(...), $this->languageManager->getLanguages()),
    ];
  }

  /**
   * A published item in each language, of a type that an agent works with.
   *
   * @return array<int, array{langcode: string, entity_type: string, bundle: string, id: string}>
   *   A language without such an item has none.
   */
  public function samples(): array {
    $samples = [];
    foreach (array_keys($this->languageManager->getLanguages()) as $langcode) {
      $samples[] = $this->sampleIn((string) $langcode);
    }
    return array_values(array_filter($samples));
  }

  /**
   * Returns where items of a language are read.
   *
   * @return array{path: string, host?: string}
   */
  private function addressIn(LanguageInterface $language): array {
    $options = ['language' => $language, 'alias' => TRUE];
    $path = $this->paths->processOutbound($this->basePath, $options, Request::create(self::NOWHERE));
    $host = parse_url((string) ($options['base_url'] ?? ''), PHP_URL_HOST);
    return ['path' => '/' . trim(($options['prefix'] ?? '') . ltrim($path, '/'), '/')] + (is_string($host) && $host !== '' ? ['host' => $host] : []);
  }

  /**
   * Finds an item of a language, for the check of its address.
   *
   * @return array{langcode: string, entity_type: string, bundle: string, id: string}|null
   */
  private function sampleIn(string $langcode): ?array {
    foreach ($this->entityTypeManager->getStorage('background_agents_agent')->loadMultiple() as $agent) {
      assert($agent instanceof Agent);
      foreach ($agent->getContent() as $type => $bundles) {
        foreach (array_keys($bundles) as $bundle) {
          $id = $this->published((string) $type, (string) $bundle, $langcode);
          if ($id !== NULL) {
            return ['langcode' => $langcode, 'entity_type' => (string) $type, 'bundle' => (string) $bundle, 'id' => $id];
          }
        }
      }
    }
    return NULL;
  }

  private function published(string $type, string $bundle, string $langcode): ?string {
    $definition = $this->entityTypeManager->getDefinition($type, FALSE);
    if (!$definition instanceof ContentEntityTypeInterface || !$definition->hasKey('published') || !$definition->hasKey('bundle') || !$definition->hasKey('langcode')) {
      return NULL;
    }
    $storage = $this->entityTypeManager->getStorage($type);
    $found = $storage->getQuery()->accessCheck(FALSE)
      ->condition((string) $definition->getKey('bundle'), $bundle)
      ->condition((string) $definition->getKey('published'), 1, '=', $langcode)
      ->condition((string) $definition->getKey('langcode'), $langcode, '=', $langcode)
      ->range(0, 1)
      ->execute();
    return $found === [] ? NULL : $storage->load(reset($found))?->uuid();
  }

}
