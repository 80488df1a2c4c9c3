<?php

declare(strict_types=1);

namespace Drupal\background_agents\Form;

use Drupal\background_agents\Entity\Change;
use Drupal\background_agents\Review\BulkDecision;
use Drupal\background_agents\Review\ChosenDraft;
use Drupal\background_agents\Review\DraftListPage;
use Drupal\background_agents\Review\DraftSelection;
use Drupal\background_agents\Review\Seen;
use Drupal\background_agents\Ui\ChosenIds;
use Drupal\background_agents\Ui\DraftSentence;
use Drupal\Core\Batch\BatchBuilder;
use Drupal\Core\DependencyInjection\AutowireTrait;
use Drupal\Core\Form\ConfirmFormBase;
use Drupal\Core\Form\FormStateInterface;
use Drupal\Core\StringTranslation\TranslatableMarkup;
use Drupal\Core\Url;
use Symfony\Component\HttpFoundation\Request;

/**
 * Lists what will be done with several drafts, and does it when confirmed.
 *
 * @internal
 */
final class DecideDraftsForm extends ConfirmFormBase {

  use AutowireTrait;

  public const string ROUTE = 'background_agents.decide_drafts';

  /**
   * One of the constants of BulkDecision.
   */
  private string $decision = BulkDecision::ACCEPT;

  /**
   * What can be decided.
   */
  private int $count = 0;

  public function __construct(
    private readonly DraftSelection $selection,
    private readonly DraftSentence $sentence,
    private readonly DraftListPage $list,
  ) {}

  /**
   * {@inheritdoc}
   */
  public function getFormId(): string {
    return 'background_agents_decide_drafts';
  }

  /**
   * {@inheritdoc}
   */
  public function getQuestion(): TranslatableMarkup {
    return $this->decision === BulkDecision::REFUSE
      ? $this->formatPlural($this->count, 'Refuse 1 draft?', 'Refuse @count drafts?')
      : $this->formatPlural($this->count, 'Accept 1 draft?', 'Accept @count drafts?');
  }

  /**
   * {@inheritdoc}
   */
  public function getDescription(): TranslatableMarkup {
    return $this->decision === BulkDecision::REFUSE
      ? $this->t('The revisions of the drafts are deleted. What was never published stays, marked as refused. Each draft is decided by itself: where one cannot be, you are told why, and the others are decided all the same.')
      : $this->t('All changes of these drafts are accepted, in your name. Each draft is decided by itself: where one cannot be, you are told why, and the others are decided all the same.');
  }

  /**
   * {@inheritdoc}
   */
  public function getConfirmText(): TranslatableMarkup {
    return $this->decision === BulkDecision::REFUSE ? $this->t('Refuse') : $this->t('Accept');
  }

  /**
   * {@inheritdoc}
   */
  public function getCancelUrl(): Url {
    return $this->list->isThere() ? Url::fromRoute(DraftListPage::ROUTE) : Url::fromRoute('system.admin_content');
  }

  /**
   * {@inheritdoc}
   */
  public function buildForm(array $form, FormStateInterface $form_state, ?Request $request = NULL, string $decision = BulkDecision::ACCEPT): array {
    $this->decision = $decision;
    $ids = ChosenIds::of($request?->query->all()['drafts'] ?? '');
    $chosen = $this->selection->of($ids, $decision);
    $open = array_values(array_filter($chosen, static fn (ChosenDraft $draft): bool => $draft->seen !== NULL));
    $this->count = count($open);
    $form = parent::buildForm($form, $form_state);
    $form['#cache']['max-age'] = 0;
    $form['#attached']['library'][] = 'background_agents/review';
    $this->sentence->prepare(array_map(static fn (ChosenDraft $draft) => $draft->change, $chosen));
    $form['drafts'] = $this->table($chosen);
    if (count($chosen) < count($ids)) {
      $form['missing'] = ['#markup' => '<p>' . $this->formatPlural(count($ids) - count($chosen), '1 of the chosen drafts is not there any more, or not yours to decide about.', '@count of the chosen drafts are not there any more, or not yours to decide about.') . '</p>'];
    }
    // Not #value: what was there when the page was made counts.
    $form['seen'] = ['#type' => 'hidden', '#default_value' => self::seen($open)];
    // Who sends what somebody else decided first has to be told.
    $isSent = $open !== [] || $form_state->getUserInput() !== [];
    $form['reason'] = [
      '#type' => 'textarea',
      '#title' => $this->t('Reason, for all of them'),
      '#rows' => 2,
      '#maxlength' => 2000,
      '#description' => $this->t('It is kept with the runs, for those who look after the agents.'),
      '#access' => $decision === BulkDecision::REFUSE && $isSent,
    ];
    $form['actions']['#weight'] = 10;
    $form['actions']['submit']['#access'] = $isSent;
    return $form;
  }

  /**
   * {@inheritdoc}
   */
  public function submitForm(array &$form, FormStateInterface $form_state): void {
    $seen = json_decode((string) $form_state->getValue('seen'), TRUE);
    $chosen = is_array($seen) ? $this->selection->of(array_map(intval(...), array_keys($seen)), $this->decision) : [];
    $batch = (new BatchBuilder())
      ->setTitle($this->decision === BulkDecision::REFUSE ? $this->t('Refusing drafts') : $this->t('Accepting drafts'))
      ->setProgressMessage($this->t('@current of @total drafts.'))
      ->setErrorMessage($this->t('It broke off. What was decided is decided; the rest waits in the list.'))
      ->setFinishCallback([DecideDraftsBatch::class, 'finished']);
    foreach ($chosen as $draft) {
      $id = (int) $draft->change->id();
      $seenThen = is_string($seen[$id] ?? NULL) ? Seen::of($seen[$id]) : NULL;
      if ($seenThen !== NULL) {
        $reason = trim((string) $form_state->getValue('reason'));
        $arguments = [$id, $this->decision, (string) $seenThen, $draft->state, $reason];
        $batch->addOperation([DecideDraftsBatch::class, 'decide'], $arguments);
      }
    }
    batch_set($batch->toArray());
    $form_state->setRedirectUrl($this->getCancelUrl());
  }

  /**
   * What will be done with each draft.
   *
   * @param list<\Drupal\background_agents\Review\ChosenDraft> $chosen
   *   The drafts.
   */
  private function table(array $chosen): array {
    $rows = [];
    foreach ($chosen as $draft) {
      $rows[] = [
        ['data' => $draft->change->toLink($this->label($draft->change))->toRenderable()],
        ['data' => ['#markup' => $this->sentence->of($draft->change) ?? '']],
        ['data' => $draft->outlook],
      ];
    }
    return [
      '#type' => 'table',
      '#header' => [$this->t('Content'), $this->t('What it changes'), $this->t('What will be done')],
      '#rows' => $rows,
      '#empty' => $this->t('No draft was chosen. Go back to the list, and choose some.'),
      '#prefix' => '<div class="ba-scroll">',
      '#suffix' => '</div>',
    ];
  }

  private function label(Change $change): TranslatableMarkup|string {
    return $change->getTargetLabel() === '' ? $this->t('Draft @number', ['@number' => $change->id()]) : $change->getTargetLabel();
  }

  /**
   * What is there of each draft, as the form keeps it.
   *
   * @param list<\Drupal\background_agents\Review\ChosenDraft> $open
   *   The drafts that can be decided.
   */
  private static function seen(array $open): string {
    $seen = [];
    foreach ($open as $draft) {
      $seen[(int) $draft->change->id()] = (string) $draft->seen;
    }
    return json_encode($seen, JSON_THROW_ON_ERROR | JSON_FORCE_OBJECT);
  }

}
