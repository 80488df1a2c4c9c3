<?php

declare(strict_types=1);

namespace Drupal\background_agents\EventSubscriber;

use Drupal\background_agents\Event\MaySaveDraftEvent;
use Drupal\background_agents\Guard\AgentScope;
use Drupal\content_lock\ContentLock\ContentLockInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;

/**
 * Content Lock: no draft while somebody edits the item.
 *
 * Its lock is taken by forms only, and asked by forms only.
 *
 * @internal
 */
final class ContentLockSubscriber implements EventSubscriberInterface {

  public function __construct(
    private readonly AgentScope $scope,
    private readonly ?ContentLockInterface $contentLock,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [MaySaveDraftEvent::class => 'onMaySave'];
  }

  public function onMaySave(MaySaveDraftEvent $event): void {
    $entity = $event->entity;
    if ($this->contentLock === NULL || $entity->isNew() || !$this->contentLock->isLockable($entity)) {
      return;
    }
    // Whatever form it was taken by; one that timed out is not found.
    $lock = $this->contentLock->fetchLock($entity);
    if ($lock !== FALSE && (int) $lock->uid !== (int) $this->scope->account()->id()) {
      $event->refuse(sprintf('Somebody is editing "%s" and has locked it.', $entity->label()));
    }
  }

}
