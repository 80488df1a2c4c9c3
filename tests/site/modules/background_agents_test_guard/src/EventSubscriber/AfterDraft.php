<?php

declare(strict_types=1);

namespace Drupal\background_agents_test_guard\EventSubscriber;

use Drupal\background_agents\Event\ChangeSavedEvent;
use Drupal\background_agents_test_guard\Deeds;
use Drupal\Core\Entity\EntityTypeManagerInterface;
use Symfony\Component\EventDispatcher\EventSubscriberInterface;
use Symfony\Component\HttpKernel\Event\ResponseEvent;
use Symfony\Component\HttpKernel\KernelEvents;

/**
 * Deeds after the transaction, and a header that tells the account.
 */
final class AfterDraft implements EventSubscriberInterface {

  public function __construct(
    private readonly Deeds $deeds,
    private readonly EntityTypeManagerInterface $entityTypeManager,
  ) {}

  /**
   * {@inheritdoc}
   */
  public static function getSubscribedEvents(): array {
    return [ChangeSavedEvent::class => 'onChange', KernelEvents::RESPONSE => 'onResponse'];
  }

  public function onChange(ChangeSavedEvent $event): void {
    $this->deeds->at('after', $this->entityTypeManager->getStorage('node')->loadRevision($event->change->getTargetRevisionId()));
  }

  public function onResponse(ResponseEvent $event): void {
    $event->getResponse()->headers->set('X-Test-Account', $this->deeds->account());
  }

}
