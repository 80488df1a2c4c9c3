<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Guard\AgentScope;
use Drupal\background_agents\Guard\GuardException;
use Drupal\background_agents\Guard\Refusals;
use Drupal\background_agents\Guard\SideEffects;
use Drupal\Core\Config\Config;
use Drupal\Core\Config\ConfigCollectionEvents;
use Drupal\Core\Config\ConfigCrudEvent;
use Drupal\Core\Config\ConfigEvents;
use Drupal\Core\Config\ConfigFactoryInterface;
use Drupal\Core\Config\ConfigImporterEvent;
use Drupal\Core\Config\ConfigManagerInterface;
use Drupal\Core\Config\ConfigRenameEvent;
use Drupal\Core\Config\StorableConfigBase;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Agents do not change configuration, by whatever verb.
 *
 * Configuration tells what was done after it has been written. So it is put
 * back here, in cache and storage, whether a transaction is open or not.
 *
 * @internal
 */
final class ConfigGuard implements EventSubscriberInterface {

  /**
   * Before everybody else: nobody shall act on what is put back.
   */
  private const int FIRST = 10000;

  public function __construct(
    private readonly AgentScope $scope,
    private readonly SideEffects $sideEffects,
    private readonly Refusals $refusals,
    private readonly ConfigFactoryInterface $configFactory,
    private readonly ConfigManagerInterface $configManager,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [
      ConfigEvents::SAVE => ['onChange', self::FIRST],
      ConfigEvents::DELETE => ['onChange', self::FIRST],
      ConfigEvents::RENAME => ['onRename', self::FIRST],
      ConfigEvents::IMPORT_VALIDATE => ['onImport', self::FIRST],
      ConfigCollectionEvents::SAVE_IN_COLLECTION => ['onChange', self::FIRST],
      ConfigCollectionEvents::DELETE_IN_COLLECTION => ['onChange', self::FIRST],
      ConfigCollectionEvents::RENAME_IN_COLLECTION => ['onRename', self::FIRST],
    ];
  }

  /**
   * Something was saved or deleted.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function onChange(ConfigCrudEvent $event): void {
    $config = $event->getConfig();
    assert($config instanceof StorableConfigBase);
    if (!$this->isRefused($config->getName())) {
      return;
    }
    // Without the overrides of settings.php, which are not stored.
    $before = $config instanceof Config ? $config->getOriginal('', FALSE) : $config->getOriginal();
    if ($before === []) {
      $config->getStorage()->delete($config->getName());
    }
    else {
      $config->getStorage()->write($config->getName(), $before);
    }
    $this->refuse($config->getName());
  }

  /**
   * Something got another name.
   *
   * @throws \Drupal\background_agents\Guard\GuardException
   */
  public function onRename(ConfigRenameEvent $event): void {
    $config = $event->getConfig();
    if ($this->isRefused($config->getName())) {
      $config->getStorage()->rename($config->getName(), $event->getOldName());
      $this->configFactory->reset($config->getName());
      $this->refuse($event->getOldName());
    }
  }

  /**
   * A whole import is about to begin.
   */
  public function onImport(ConfigImporterEvent $event): void {
    if ($this->scope->isActive()) {
      $event->getConfigImporter()->logError('Agents do not change configuration.');
    }
  }

  private function isRefused(string $name): bool {
    if (!$this->scope->isActive()) {
      return FALSE;
    }
    $type = $this->configManager->getEntityTypeIdByName($name);
    return $type === NULL || !$this->sideEffects->isNamedBySite($type);
  }

  private function refuse(string $name): void {
    $this->configFactory->reset($name);
    $this->refusals->noting(static fn () => throw GuardException::forbidden(sprintf('Agents do not change configuration ("%s").', $name)));
  }

}
