<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form\Review;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\Reviewer;
use Drupal\background_agents\Review\Seen;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\Messenger\MessengerInterface;

/**
 * Refusing a draft, with a reason.
 *
 * @internal
 */
final class RefusePart extends ReviewFormPartBase {

  public function __construct(
    private readonly Reviewer $reviewer,
    private readonly MessengerInterface $messenger,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function build(ReviewPage $page, FormStateInterface $form_state): array {
    return !$page->isOpen ? [] : [
      '#type' => 'details',
      '#title' => $this->t('Refuse the draft'),
      'reason' => [
        '#type' => 'textarea',
        '#title' => $this->t('Reason'),
        '#rows' => 2,
        '#maxlength' => 2000,
        '#description' => $this->t('It is kept with the run, for those who look after the agent.'),
      ],
      'refuse' => [
        '#type' => 'submit',
        '#name' => 'refuse',
        '#value' => $this->t('Refuse'),
        '#attributes' => ['class' => ['button--danger']],
      ],
    ];
  }

  /**
   * {@inheritdoc}
   */
  public function submit(Change $change, Seen $seen, FormStateInterface $form_state): void {
    $this->reviewer->refuse($change, $seen, trim((string) $form_state->getValue('reason')));
    $this->messenger->addStatus($this->t('You have refused the draft of "@label". Nothing of it was published.', ['@label' => $change->getTargetLabel()]));
  }

}
